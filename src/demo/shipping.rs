//! Shipping quotes and shipments; the carrier's API is somebody else's.

use super::record::Code;
use super::request::{Here, Request};
use super::shop::{CARRIER, Service};

/// What the delivery will cost.
pub fn quote(request: &mut Request<'_>, here: &mut Here, items: u64) -> Code {
    request.grpc(
        here,
        Service::Shipping,
        "shop.shipping.v1.Shipping/GetQuote",
        |request, here| {
            request.work(here, 1.2);
            let (code, price) = (request.rng.between(10_115, 99_998), 3.9 + 2.0 * request.rng.unit());
            request.info(
                here,
                format!("quote for {items} items to postal code {code}: {price:.2} EUR"),
            );
            Code::Ok
        },
    )
}

/// Orders a shipment; returns its tracking number beside the code.
pub fn ship(request: &mut Request<'_>, here: &mut Here, order: &str) -> (Code, String) {
    let tracking = format!("1Z{:010}", request.rng.between(0, 10_000_000_000));
    let number = tracking.clone();
    let code = request.grpc(
        here,
        Service::Shipping,
        "shop.shipping.v1.Shipping/ShipOrder",
        |request, here| {
            request.work(here, 1.5);
            if request.rng.chance(0.004) {
                request.outside(here, &CARRIER, "/v2/shipments", 504, 1_500.0);
                request.error(here, format!("carrier api answered 504 for order {order}, giving up"));
                return Code::DeadlineExceeded;
            }
            request.outside(here, &CARRIER, "/v2/shipments", 201, 45.0);
            request.info(here, format!("shipment {number} created for order {order}"));
            Code::Ok
        },
    );
    (code, tracking)
}

/// Where a shipment is.
pub fn track(request: &mut Request<'_>, here: &mut Here) -> Code {
    request.grpc(
        here,
        Service::Shipping,
        "shop.shipping.v1.Shipping/Track",
        |request, here| {
            request.work(here, 1.0);
            let age = request.rng.between(1, 900);
            request.info(here, format!("tracking answered from cache, {age} s old"));
            Code::Ok
        },
    )
}
