//! The shop's services and what they lean on.

/// A service of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    Frontend,
    Cart,
    Catalog,
    Checkout,
    Payment,
    Shipping,
    Currency,
    Recommendation,
}

impl Service {
    pub const ALL: [Self; 8] = [
        Self::Frontend,
        Self::Cart,
        Self::Catalog,
        Self::Checkout,
        Self::Payment,
        Self::Shipping,
        Self::Currency,
        Self::Recommendation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::Cart => "cart",
            Self::Catalog => "catalog",
            Self::Checkout => "checkout",
            Self::Payment => "payment",
            Self::Shipping => "shipping",
            Self::Currency => "currency",
            Self::Recommendation => "recommendation",
        }
    }

    pub fn version(self) -> &'static str {
        match self {
            Self::Frontend => "5.12.0",
            Self::Cart => "2.4.1",
            Self::Catalog => "3.9.3",
            Self::Checkout => "4.1.0",
            Self::Payment => "2.8.1",
            Self::Shipping => "1.7.2",
            Self::Currency => "1.2.0",
            Self::Recommendation => "0.31.4",
        }
    }

    /// `telemetry.sdk.language`.
    pub fn language(self) -> &'static str {
        match self {
            Self::Frontend => "nodejs",
            Self::Cart => "dotnet",
            Self::Catalog | Self::Checkout => "go",
            Self::Payment => "java",
            Self::Shipping | Self::Currency => "rust",
            Self::Recommendation => "python",
        }
    }

    /// The logger or instrumentation that the service's records name.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Frontend => "shop-frontend",
            Self::Cart => "Shop.Cart.Service",
            Self::Catalog => "shop/catalog",
            Self::Checkout => "shop/checkout",
            Self::Payment => "com.shop.payment",
            Self::Shipping => "shipping",
            Self::Currency => "currency",
            Self::Recommendation => "recommendation.server",
        }
    }

    /// How many instances it runs.
    pub fn pods(self) -> u8 {
        match self {
            Self::Frontend => 3,
            Self::Recommendation => 1,
            _ => 2,
        }
    }

    /// Processor time that one request costs it, in milliseconds.
    pub fn cpu_cost(self) -> f64 {
        match self {
            Self::Frontend => 18.0,
            Self::Cart => 6.0,
            Self::Catalog => 9.0,
            Self::Checkout => 25.0,
            Self::Payment => 30.0,
            Self::Shipping => 8.0,
            Self::Currency => 3.0,
            Self::Recommendation => 12.0,
        }
    }

    /// Its memory at rest, in MiB.
    pub fn memory(self) -> f64 {
        match self {
            Self::Payment => 620.0,
            Self::Recommendation => 410.0,
            Self::Frontend | Self::Cart => 180.0,
            _ => 45.0,
        }
    }
}

/// One instance of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pod {
    pub service: Service,
    /// From 0.
    pub number: u8,
}

impl Pod {
    /// Every instance of every service.
    pub fn all() -> impl Iterator<Item = Self> {
        Service::ALL
            .into_iter()
            .flat_map(|service| (0..service.pods()).map(move |number| Self { service, number }))
    }

    /// Its name in the cluster: deployment, replica set and a suffix.
    pub fn name(self) -> String {
        let service = self.service.name();
        let hash = service.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        format!(
            "{service}-{hash:08x}-{}",
            ["x7k2p", "m4q9z", "t6w3b"][usize::from(self.number) % 3]
        )
    }

    /// What all of its telemetry says of it; `name` is its own.
    pub fn resource(self, name: &str) -> [(&'static str, &str); 5] {
        [
            ("service.name", self.service.name()),
            ("service.version", self.service.version()),
            ("service.instance.id", name),
            ("k8s.pod.name", name),
            ("telemetry.sdk.language", self.service.language()),
        ]
    }
}

/// Something that the services call but that sends no telemetry of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Peer {
    pub address: &'static str,
    /// `db.system.name`; none for an HTTP API.
    pub system: Option<&'static str>,
    /// `db.namespace`.
    pub namespace: &'static str,
}

pub const CATALOG_DB: Peer = Peer {
    address: "catalog-db",
    system: Some("postgresql"),
    namespace: "catalog",
};
pub const ORDERS_DB: Peer = Peer {
    address: "orders-db",
    system: Some("postgresql"),
    namespace: "orders",
};
pub const PAYMENTS_DB: Peer = Peer {
    address: "payments-db",
    system: Some("postgresql"),
    namespace: "payments",
};
pub const CACHE: Peer = Peer {
    address: "cache",
    system: Some("redis"),
    namespace: "0",
};
pub const CARD_NETWORK: Peer = Peer {
    address: "api.cardnetwork.example",
    system: None,
    namespace: "",
};
pub const CARRIER: Peer = Peer {
    address: "api.carrier.example",
    system: None,
    namespace: "",
};
