//! The generated system: what each operation of each service does.
//!
//! An edge over HTTP, gRPC behind it, fan-out, two consumers behind a queue, and a database that three services share.

/// What an operation does, in turn.
pub enum Step {
    /// Milliseconds of its own.
    Work(f64),
    /// A line; `{}` is a value that is another each time.
    Log(&'static str),
    /// An internal span of so many milliseconds.
    Inner(&'static str, f64),
    /// A statement on a database, which sends no telemetry of its own.
    Query(&'static str, f64),
    Call(&'static Operation),
    /// From one up to so many calls, one after the other.
    Each(u64, &'static Operation),
    /// A call that only one request in so many makes.
    Seldom(u64, &'static Operation),
    /// A message that another service consumes later.
    Send(&'static Operation),
}

pub struct Operation {
    pub service: &'static str,
    pub name: &'static str,
    pub steps: &'static [Step],
}

use Step::{Call, Each, Inner, Log, Query, Seldom, Send, Work};

const fn op(service: &'static str, name: &'static str, steps: &'static [Step]) -> Operation {
    Operation { service, name, steps }
}

/// Name and instances.
pub const SERVICES: &[(&str, u64)] = &[
    ("edge", 2),
    ("search", 2),
    ("pricing", 1),
    ("stock", 2),
    ("basket", 1),
    ("ordering", 2),
    ("billing", 1),
    ("fraud", 1),
    ("profile", 1),
    ("mailer", 1),
    ("ledger", 1),
];

/// What users ask for, and how often of a hundred.
pub const ENTRIES: &[(u64, &Operation)] = &[(50, &BROWSE), (30, &ADD), (20, &ORDER)];

static BROWSE: Operation = op(
    "edge",
    "GET /products",
    &[
        Work(2.0),
        Call(&FIND),
        Seldom(3, &WHO),
        Log("served {} products in {} ms"),
        Work(1.0),
    ],
);
static ADD: Operation = op(
    "edge",
    "POST /basket",
    &[Work(1.5), Call(&WHO), Call(&PUT), Log("basket of user {} changed")],
);
static ORDER: Operation = op(
    "edge",
    "POST /orders",
    &[Work(2.0), Call(&WHO), Call(&PLACE), Log("order {} accepted")],
);
static FIND: Operation = op(
    "search",
    "shop.Search/Find",
    &[
        Log("query {} tokens={}"),
        Inner("parse_query", 1.0),
        Inner("rank_documents", 6.0),
        Each(3, &PRICE),
        Call(&LEVEL),
        Log("query {} matched {} documents"),
    ],
);
static PRICE: Operation = op(
    "pricing",
    "shop.Pricing/Quote",
    &[Inner("load_rules", 0.8), Work(2.0), Log("quote sku={} price={}")],
);
static LEVEL: Operation = op(
    "stock",
    "shop.Stock/Level",
    &[Query("SELECT stock_levels", 3.0), Log("level of sku {} is {}")],
);
static RESERVE: Operation = op(
    "stock",
    "shop.Stock/Reserve",
    &[
        Query("SELECT stock_levels", 3.0),
        Query("UPDATE stock_levels", 4.0),
        Log("reserved {} of sku {}"),
    ],
);
static PUT: Operation = op(
    "basket",
    "shop.Basket/Put",
    &[
        Query("HSET", 0.7),
        Call(&LEVEL),
        Call(&PRICE),
        Log("basket {} has {} items"),
    ],
);
static TAKE: Operation = op(
    "basket",
    "shop.Basket/Take",
    &[Query("HGETALL", 0.8), Log("basket {} taken")],
);
static WHO: Operation = op(
    "profile",
    "shop.Profile/Get",
    &[
        Query("SELECT users", 2.0),
        Log("user {} found"),
        Inner("render_profile", 0.5),
    ],
);
static PLACE: Operation = op(
    "ordering",
    "shop.Orders/Place",
    &[
        Log("placing order for user {}"),
        Call(&TAKE),
        Each(3, &RESERVE),
        Inner("total_up", 1.0),
        Call(&CHARGE),
        Query("INSERT orders", 5.0),
        Send(&MAIL),
        Send(&BOOK),
        Log("order {} placed, total {}"),
    ],
);
static CHARGE: Operation = op(
    "billing",
    "shop.Billing/Charge",
    &[Call(&SCORE), Work(25.0), Log("charged {} cents, authorisation {}")],
);
static SCORE: Operation = op(
    "fraud",
    "shop.Fraud/Score",
    &[Inner("features", 2.0), Inner("model", 5.0), Log("score {} for user {}")],
);
static MAIL: Operation = op(
    "mailer",
    "orders process",
    &[Inner("render_mail", 4.0), Work(12.0), Log("mail {} handed over")],
);
static BOOK: Operation = op(
    "ledger",
    "orders process",
    &[Query("INSERT entries", 3.0), Log("booked order {} as entry {}")],
);
