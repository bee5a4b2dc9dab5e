//! The fixture for the tests of incidents, which are a binary of their own.

pub use kulprit_testing::Database;
use kulprit_testing::Fixture;

static FIXTURE: Fixture = Fixture::new(env!("CARGO_BIN_EXE_kulprit"), env!("CARGO_TARGET_TMPDIR"));

/// A new database with Kulprit's tables; the name must differ between the tests of a binary.
pub async fn database(name: &str) -> Database {
    FIXTURE.database(name).await
}
