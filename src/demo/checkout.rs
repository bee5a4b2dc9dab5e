//! Checkout: turns a cart into a paid order.

use super::record::Code;
use super::request::{Here, Request};
use super::shop::ORDERS_DB;
use super::{cart, catalog, currency, payment, shipping, words};

const ATTEMPTS: u32 = 3;
const BACKOFF_MS: f64 = 100.0;

/// Places an order.
pub fn place(request: &mut Request<'_>, here: &mut Here, user: &str) -> u16 {
    let order = words::order(&mut request.rng);
    let items = request.rng.between(1, 5);
    request.work(here, 2.0);
    request.info(here, format!("order {order} received from user {user}, {items} items"));
    cart::fetch(request, here);
    for _ in 0..items {
        let product = words::product(&mut request.rng);
        catalog::fetch(request, here, &product);
    }
    shipping::quote(request, here, items);
    currency::convert(request, here);
    let amount = words::amount(&mut request.rng);
    match pay(request, here, &order, amount) {
        Code::Ok => {}
        Code::FailedPrecondition => {
            request.warn(here, format!("order {order} declined: payment method refused"));
            return 402;
        }
        _ => {
            request.error(
                here,
                format!("order {order} not placed: payment unavailable after {ATTEMPTS} attempts"),
            );
            return 503;
        }
    }
    let (shipped, tracking) = shipping::ship(request, here, &order);
    let statement = "INSERT INTO orders (id, user_id, total, tracking) VALUES ($1, $2, $3, $4)";
    request.query(here, &ORDERS_DB, "INSERT orders", statement, 3.0);
    if shipped != Code::Ok {
        request.error(
            here,
            format!("order {order} paid but not shipped: rpc error: code = {shipped:?}"),
        );
        return 500;
    }
    cart::empty(request, here, &order);
    request.info(
        here,
        format!("order {order} placed, total {amount:.2} EUR, tracking {tracking}"),
    );
    201
}

fn pay(request: &mut Request<'_>, here: &mut Here, order: &str, amount: f64) -> Code {
    let mut backoff = BACKOFF_MS;
    for attempt in 1..=ATTEMPTS {
        let code = payment::charge(request, here, order, amount);
        if code != Code::Unavailable || attempt == ATTEMPTS {
            return code;
        }
        request.warn(
            here,
            format!(
                "payment attempt {attempt} of {ATTEMPTS} for order {order} failed: rpc error: code = Unavailable desc = no database connection, retrying in {backoff:.0}ms"
            ),
        );
        request.work(here, backoff);
        backoff *= 2.0;
    }
    Code::Unavailable
}

/// How an order stands.
pub fn status(request: &mut Request<'_>, here: &mut Here, order: &str) -> u16 {
    request.work(here, 1.0);
    let statement = "SELECT id, total, tracking, state FROM orders WHERE id = $1";
    request.query(here, &ORDERS_DB, "SELECT orders", statement, 2.0);
    shipping::track(request, here);
    let state = request.rng.pick(&["paid", "packed", "shipped", "delivered"]);
    request.info(here, format!("order {order} is {state}"));
    200
}
