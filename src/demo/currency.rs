//! Currency conversion, all in memory.

use super::record::Code;
use super::request::{Here, Request};
use super::shop::Service;
use super::words;

/// Converts a price.
pub fn convert(request: &mut Request<'_>, here: &mut Here) -> Code {
    request.grpc(
        here,
        Service::Currency,
        "shop.currency.v1.Currency/Convert",
        |request, here| {
            request.work(here, 0.25);
            if request.rng.chance(0.05) {
                let amount = words::amount(&mut request.rng);
                let (from, to) = (
                    request.rng.pick(&words::CURRENCIES),
                    request.rng.pick(&words::CURRENCIES),
                );
                let rate = 0.7 + request.rng.unit();
                request.info(here, format!("converted {amount:.2} {from} to {to} at {rate:.4}"));
            }
            if request.rng.chance(0.000_3) {
                let code = request.rng.pick(&["XAU", "BTC", "ZWL"]);
                request.warn(here, format!("no rate for currency {code}, answering NOT_FOUND"));
                return Code::NotFound;
            }
            Code::Ok
        },
    )
}
