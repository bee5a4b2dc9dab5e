//! What the backend does, for Grafana's own metrics endpoint.

use tonic::Status;

use super::instances::Instances;
use super::messages::Metrics;

/// The counters of the whole process.
pub fn collect(instances: &Instances) -> Result<Metrics, Status> {
    match instances.metrics.text() {
        Ok(prometheus) => Ok(Metrics { prometheus }),
        Err(error) => Err(Status::internal(error.public_message())),
    }
}
