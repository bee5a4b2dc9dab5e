//! Carts, kept in the cache.

use super::request::{Here, Request};
use super::shop::{CACHE, Service};
use super::words;

/// Asks for a cart.
pub fn fetch(request: &mut Request<'_>, here: &mut Here) -> u16 {
    request.http(here, Service::Cart, "GET /cart", "/cart".to_owned(), |request, here| {
        request.work(here, 0.7);
        request.query(here, &CACHE, "HGETALL", "HGETALL cart:?", 0.5);
        let (cart, items) = (words::token(&mut request.rng), request.rng.between(0, 6));
        request.info(here, format!("Cart {cart} loaded with {items} items"));
        200
    })
}

/// Puts a product into a cart.
pub fn add(request: &mut Request<'_>, here: &mut Here, product: &str) -> u16 {
    let path = "/cart/items".to_owned();
    request.http(here, Service::Cart, "POST /cart/items", path, |request, here| {
        request.work(here, 0.9);
        let (cart, items) = (words::token(&mut request.rng), request.rng.between(1, 4));
        if request.rng.chance(0.002) {
            request.warn(
                here,
                format!("Cart {cart} changed meanwhile, merging and writing again"),
            );
            request.query(here, &CACHE, "HGETALL", "HGETALL cart:?", 0.5);
        }
        request.query(here, &CACHE, "HSET", "HSET cart:? ? ?", 0.5);
        request.info(here, format!("Added {items} x {product} to cart {cart}"));
        201
    })
}

/// Empties the cart of a placed order.
pub fn empty(request: &mut Request<'_>, here: &mut Here, order: &str) -> u16 {
    request.http(
        here,
        Service::Cart,
        "DELETE /cart",
        "/cart".to_owned(),
        |request, here| {
            request.work(here, 0.5);
            request.query(here, &CACHE, "DEL", "DEL cart:?", 0.4);
            let cart = words::token(&mut request.rng);
            request.info(here, format!("Cart {cart} emptied after order {order}"));
            204
        },
    )
}
