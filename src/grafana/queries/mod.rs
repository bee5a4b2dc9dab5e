//! Data queries: what panels, alert rules and annotations ask of the data source.

mod asker;
mod frame;
mod kinds;
mod query;

use futures_util::future::join_all;

use super::context::identity;
use super::instances::Instances;
use super::messages::{DataQuery, DataResponse, QueryRequest, QueryResponse};
use asker::Asker;
use query::Query;

/// Why a query has no answer, for whoever looks at the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As in HTTP.
    pub status: u16,
    pub message: String,
}

impl Refusal {
    /// What is wrong with the query itself.
    fn of(message: String) -> Self {
        Self { status: 400, message }
    }
}

impl From<Refusal> for DataResponse {
    fn from(refusal: Refusal) -> Self {
        // What a query or ClickHouse does is no fault of the plugin's.
        let source = if refusal.status == 500 { "plugin" } else { "downstream" };
        Self {
            frames: vec![],
            error: refusal.message,
            status: refusal.status.into(),
            error_source: source.to_owned(),
        }
    }
}

/// Answers each query by itself: one that cannot be answered does not keep the others from their panels.
pub async fn answer(instances: &Instances, request: QueryRequest) -> QueryResponse {
    let context = request.context.unwrap_or_default();
    let asker = match instances.of(&context).await {
        Ok(instance) => Ok(Asker {
            app: instance.app.clone(),
            identity: identity(&context),
        }),
        Err(absent) => {
            let error = absent.error();
            Err(Refusal {
                status: error.status(),
                message: error.public_message(),
            })
        }
    };
    let answers = request.queries.iter().map(|query| async {
        let answered = match &asker {
            Ok(asker) => one(asker, query).await,
            Err(refusal) => Err(refusal.clone()),
        };
        (query.ref_id.clone(), answered.unwrap_or_else(DataResponse::from))
    });
    QueryResponse {
        responses: join_all(answers).await.into_iter().collect(),
    }
}

async fn one(asker: &Asker, data_query: &DataQuery) -> Result<DataResponse, Refusal> {
    let frame = kinds::frame(asker, &Query::read(data_query)?).await?;
    let arrow = frame.arrow(&data_query.ref_id).map_err(|error| Refusal {
        status: 500,
        message: format!("the frame cannot be written: {error}"),
    })?;
    Ok(DataResponse {
        frames: vec![arrow],
        status: 200,
        ..DataResponse::default()
    })
}
