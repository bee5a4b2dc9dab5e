//! Payment: charges cards. The service that the incident begins in.

use super::incident;
use super::record::{Code, Exception};
use super::request::{Here, Request};
use super::shop::{CARD_NETWORK, PAYMENTS_DB, Service};
use super::words;

/// Charges a card.
pub fn charge(request: &mut Request<'_>, here: &mut Here, order: &str, amount: f64) -> Code {
    request.grpc(
        here,
        Service::Payment,
        "shop.payment.v1.Payment/Charge",
        |request, here| {
            let card = request.rng.between(0, 10_000);
            request.work(here, 1.5);
            request.info(
                here,
                format!("Charging card ending {card:04} for order {order}: {amount:.2} EUR"),
            );
            let validated = request.internal(here, "validate card", |request, here| {
                request.work(here, 1.0);
                Ok(())
            });
            if validated.is_ok() && request.rng.chance(0.02) {
                let reason = request
                    .rng
                    .pick(&["insufficient_funds", "expired_card", "do_not_honor"]);
                request.warn(here, format!("Charge for order {order} declined: {reason}"));
                return Code::FailedPrecondition;
            }
            if let Err(failure) = connect(request, here) {
                give_up(request, here, order, &failure);
                return Code::Unavailable;
            }
            settle(request, here, order)
        },
    )
}

/// Takes a connection from the pool, waiting for one as long as the pool allows.
fn connect(request: &mut Request<'_>, here: &mut Here) -> Result<(), Exception> {
    request.internal(here, "HikariPool.getConnection", |request, here| {
        let (plan, now) = (request.plan, here.now);
        let wait = incident::wait(plan, now, &mut request.rng);
        let waited = if wait > incident::POOL_TIMEOUT {
            incident::POOL_TIMEOUT + request.rng.exponential(3.0)
        } else {
            wait
        };
        here.now += (waited * 1e6) as i64;
        if wait <= incident::POOL_TIMEOUT {
            return Ok(());
        }
        let (active, waiting) = incident::pool(plan, here.now, &mut request.rng);
        let (size, idle) = (incident::POOL_SIZE, incident::POOL_SIZE - active);
        Err(Exception {
            kind: "java.sql.SQLTransientConnectionException",
            message: format!(
                "HikariPool-1 - Connection is not available, request timed out after {waited:.0}ms (total={size}, active={active}, idle={idle}, waiting={waiting})"
            ),
        })
    })
}

/// What Hibernate and the service say when there is no connection.
fn give_up(request: &mut Request<'_>, here: &Here, order: &str, failure: &Exception) {
    request.warn(here, "SQL Error: 0, SQLState: null".to_owned());
    request.error(here, failure.message.clone());
    let thread = request.rng.between(1, 33);
    request.error(
        here,
        format!(
            "Charge for order {order} failed on grpc-default-executor-{thread}\norg.springframework.transaction.CannotCreateTransactionException: Could not open JPA EntityManager for transaction\n\tat org.springframework.orm.jpa.JpaTransactionManager.doBegin(JpaTransactionManager.java:466)\n\tat com.shop.payment.ChargeService.charge(ChargeService.java:83)\nCaused by: {}: {}\n\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)\n\t... 41 more",
            failure.kind, failure.message
        ),
    );
}

fn settle(request: &mut Request<'_>, here: &mut Here, order: &str) -> Code {
    let before = here.now;
    let charge = words::token(&mut request.rng);
    request.query(
        here,
        &PAYMENTS_DB,
        "SELECT idempotency_keys",
        "SELECT charge_id FROM idempotency_keys WHERE order_id = $1 FOR UPDATE",
        1.5,
    );
    request.outside(here, &CARD_NETWORK, "/v1/charges", 200, 120.0);
    request.query(
        here,
        &PAYMENTS_DB,
        "INSERT charges",
        "INSERT INTO charges (id, order_id, amount, state) VALUES ($1, $2, $3, $4)",
        2.5,
    );
    let milliseconds = (here.now - before) as f64 / 1e6;
    request.info(
        here,
        format!("Charge ch_{charge} for order {order} accepted by the card network in {milliseconds:.0} ms"),
    );
    Code::Ok
}
