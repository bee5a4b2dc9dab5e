//! The frontend: every shopper's request enters here.

use super::cart;
use super::catalog;
use super::checkout;
use super::plan::Plan;
use super::request::{Here, Request};
use super::rng::{Rng, Stream};
use super::shop::Service;
use super::{currency, recommendation, words};

/// The `index`-th request of the plan, at `start`.
pub fn visit(plan: &Plan, index: u64, start: i64) -> Request<'_> {
    // A generator of its own, so that what is visited and what happens on the way stay apart.
    let mut rng = Rng::new(plan.seed ^ 0x5150, Stream::Request, index);
    let product = words::product(&mut rng);
    let page = rng.between(0, 100);
    let enter = |route, path: String, handler: fn(&mut Request<'_>, &mut Here, &str) -> u16| {
        let (shown, key) = (path.clone(), product.clone());
        Request::entry(plan, index, start, route, path, |request, here| {
            let status = handler(request, here, &key);
            access_log(request, here, route, &shown, status);
            status
        })
    };
    match page {
        0..30 => enter("GET /", "/".to_owned(), home),
        30..70 => enter("GET /product/{id}", format!("/product/{product}"), product_page),
        70..80 => enter("GET /cart", "/cart".to_owned(), cart_page),
        80..90 => enter("POST /cart", "/cart".to_owned(), add_to_cart),
        90..96 => enter("POST /checkout", "/checkout".to_owned(), place_order),
        _ => {
            let order = words::order(&mut rng);
            enter("GET /orders/{id}", format!("/orders/{order}"), order_page)
        }
    }
}

fn home(request: &mut Request<'_>, here: &mut Here, _: &str) -> u16 {
    session(request, here);
    let category = request.rng.pick(&words::CATEGORIES);
    let path = format!("/products?category={category}");
    request.http(here, Service::Catalog, "GET /products", path, |request, here| {
        catalog::list(request, here, category)
    });
    recommendation::ask(request, here);
    currency::convert(request, here);
    request.work(here, 6.0);
    200
}

fn product_page(request: &mut Request<'_>, here: &mut Here, product: &str) -> u16 {
    session(request, here);
    let status = catalog::fetch(request, here, product);
    if status == 200 {
        currency::convert(request, here);
        recommendation::ask(request, here);
    }
    request.work(here, 5.0);
    if request.rng.chance(0.000_4) {
        let line = request.rng.between(40, 60);
        let stack = format!(
            "TypeError: Cannot read properties of undefined (reading 'images')\n    at renderGallery (/app/dist/pages/product.js:{line}:27)\n    at ProductPage (/app/dist/pages/product.js:112:9)\n    at renderToString (/app/node_modules/react-dom/server.js:8{line}:14)"
        );
        request.error(here, stack);
        return 500;
    }
    status
}

fn cart_page(request: &mut Request<'_>, here: &mut Here, _: &str) -> u16 {
    session(request, here);
    let status = cart::fetch(request, here);
    currency::convert(request, here);
    request.work(here, 4.0);
    status
}

fn add_to_cart(request: &mut Request<'_>, here: &mut Here, product: &str) -> u16 {
    request.work(here, 2.0);
    if catalog::fetch(request, here, product) != 200 {
        return 404;
    }
    cart::add(request, here, product)
}

fn place_order(request: &mut Request<'_>, here: &mut Here, _: &str) -> u16 {
    let user = words::user(&mut request.rng);
    request.work(here, 3.0);
    let status = request.http(
        here,
        Service::Checkout,
        "POST /checkout",
        "/checkout".to_owned(),
        |request, here| checkout::place(request, here, user),
    );
    request.work(here, 3.0);
    if status >= 500 {
        request.error(
            here,
            format!("checkout failed for user {user}: upstream checkout answered {status}"),
        );
        return 503;
    }
    status
}

fn order_page(request: &mut Request<'_>, here: &mut Here, _: &str) -> u16 {
    let order = words::order(&mut request.rng);
    request.work(here, 3.0);
    request.http(
        here,
        Service::Checkout,
        "GET /orders/{id}",
        format!("/orders/{order}"),
        |request, here| checkout::status(request, here, &order),
    )
}

fn session(request: &mut Request<'_>, here: &mut Here) {
    request.work(here, 1.5);
    if request.rng.chance(0.08) {
        let (token, user) = (words::token(&mut request.rng), words::user(&mut request.rng));
        request.info(here, format!("session {token} resumed for user {user}"));
    }
    if request.rng.chance(0.004) {
        let address = words::address(&mut request.rng);
        request.warn(
            here,
            format!("csrf token missing or expired, client {address}, issuing a new one"),
        );
    }
}

fn access_log(request: &mut Request<'_>, here: &Here, route: &'static str, path: &str, status: u16) {
    let milliseconds = request.elapsed(here);
    let address = words::address(&mut request.rng);
    let bytes = request.rng.between(1_800, 42_000);
    let method = route.split(' ').next().unwrap_or_default();
    request.info(
        here,
        format!("{address} \"{method} {path} HTTP/1.1\" {status} {bytes} {milliseconds:.1}ms"),
    );
    if milliseconds > 1_000.0 {
        request.warn(
            here,
            format!("slow response: {method} {path} took {milliseconds:.0} ms"),
        );
    }
}
