//! The catalog: products from a cache, else from a database.

use super::request::{Here, Request};
use super::shop::{CACHE, CATALOG_DB, Service};

/// Asks the catalog for one product.
pub fn fetch(request: &mut Request<'_>, here: &mut Here, product: &str) -> u16 {
    let path = format!("/products/{product}");
    request.http(here, Service::Catalog, "GET /products/{id}", path, |request, here| {
        one(request, here, product)
    })
}

fn one(request: &mut Request<'_>, here: &mut Here, product: &str) -> u16 {
    request.work(here, 0.4);
    request.query(here, &CACHE, "GET", "GET product:?", 0.3);
    if request.rng.chance(0.9) {
        return 200;
    }
    let before = here.now;
    let is_slow = request.rng.chance(0.004);
    let median = if is_slow { 240.0 } else { 2.8 };
    let statement = "SELECT id, name, price, stock FROM products WHERE id = $1";
    request.query(here, &CATALOG_DB, "SELECT products", statement, median);
    let milliseconds = (here.now - before) as f64 / 1e6;
    if is_slow {
        request.warn(here, format!("slow query ({milliseconds:.0} ms): {statement}"));
    }
    if request.rng.chance(0.02) {
        request.warn(here, format!("product {product} not found"));
        return 404;
    }
    request.query(here, &CACHE, "SET", "SET product:? ? EX ?", 0.3);
    request.info(
        here,
        format!("cache miss for product {product}, read from database in {milliseconds:.1} ms"),
    );
    200
}

/// Lists a category.
pub fn list(request: &mut Request<'_>, here: &mut Here, category: &str) -> u16 {
    request.work(here, 0.8);
    let statement = "SELECT id, name, price FROM products WHERE category = $1 ORDER BY rank LIMIT $2";
    request.query(here, &CATALOG_DB, "SELECT products", statement, 5.0);
    let found = request.rng.between(9, 25);
    request.info(here, format!("listed {found} products in category {category}"));
    200
}
