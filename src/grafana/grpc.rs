//! The services that Grafana calls, by the path of each method.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream;
use hyper::http;
use prost::Message;
use tokio::sync::watch;
use tonic::body::Body;
use tonic::server::{Grpc, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::instances::Instances;
use super::messages::{Empty, HealthRequest, MetricsResponse, QueryRequest, ResourceRequest, Serving};
use super::{health, metrics, queries, resource};

/// The largest message that is taken in. Bodies have limits of their own, which answer as over HTTP.
const LARGEST_MESSAGE: usize = 64 << 20;
/// What gRPC's health service says of one that serves.
const SERVING: i32 = 1;

/// What all calls share.
pub struct Backend {
    pub instances: Instances,
    /// Turned true to end the process.
    pub stop: watch::Sender<bool>,
}

/// Answers one call.
pub async fn answer(backend: Arc<Backend>, request: http::Request<Body>) -> http::Response<Body> {
    match request.uri().path() {
        "/pluginv2.Diagnostics/CheckHealth" => {
            unary(request, move |request: HealthRequest| async move {
                Ok(health::check(&backend.instances, request).await)
            })
            .await
        }
        "/pluginv2.Diagnostics/CollectMetrics" => {
            unary(request, move |_: Empty| async move {
                metrics::collect(&backend.instances).map(|metrics| MetricsResponse { metrics: Some(metrics) })
            })
            .await
        }
        "/pluginv2.Data/QueryData" => {
            unary(request, move |request: QueryRequest| async move {
                Ok(queries::answer(&backend.instances, request).await)
            })
            .await
        }
        "/pluginv2.Resource/CallResource" => {
            streaming(request, move |request: ResourceRequest| async move {
                resource::call(&backend.instances, request).await
            })
            .await
        }
        "/grpc.health.v1.Health/Check" => unary(request, |_: Empty| async { Ok(Serving { status: SERVING }) }).await,
        "/plugin.GRPCController/Shutdown" => {
            unary(request, move |_: Empty| async move {
                backend.stop.send_replace(true);
                Ok(Empty {})
            })
            .await
        }
        path => Status::unimplemented(format!("{path} is not known here")).into_http(),
    }
}

async fn unary<M, R, F>(
    request: http::Request<Body>,
    method: impl FnOnce(M) -> F + Send + Clone,
) -> http::Response<Body>
where
    M: Message + Default + 'static,
    R: Message + Default + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    grpc::<M, R>().unary(Unary(method), request).await
}

async fn streaming<M, R, F>(
    request: http::Request<Body>,
    method: impl FnOnce(M) -> F + Send + Clone,
) -> http::Response<Body>
where
    M: Message + Default + 'static,
    R: Message + Default + 'static,
    F: Future<Output = Vec<R>> + Send + 'static,
{
    grpc::<M, R>().server_streaming(Streaming(method), request).await
}

fn grpc<M: Message + Default + 'static, R: Message + Default + 'static>() -> Grpc<ProstCodec<R, M>> {
    Grpc::new(ProstCodec::default()).max_decoding_message_size(LARGEST_MESSAGE)
}

/// A method with one answer.
struct Unary<C>(C);

impl<M, R, F, C> UnaryService<M> for Unary<C>
where
    C: FnOnce(M) -> F + Clone,
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    type Response = R;
    type Future = BoxFuture<'static, Result<Response<R>, Status>>;

    fn call(&mut self, request: Request<M>) -> Self::Future {
        let answer = self.0.clone()(request.into_inner());
        Box::pin(async move { answer.await.map(Response::new) })
    }
}

/// The parts of an answer.
type Parts<R> = stream::Iter<std::vec::IntoIter<Result<R, Status>>>;

/// A method whose answer comes in parts.
struct Streaming<C>(C);

impl<M, R, F, C> ServerStreamingService<M> for Streaming<C>
where
    C: FnOnce(M) -> F + Clone,
    F: Future<Output = Vec<R>> + Send + 'static,
{
    type Response = R;
    type ResponseStream = Parts<R>;
    type Future = BoxFuture<'static, Result<Response<Parts<R>>, Status>>;

    fn call(&mut self, request: Request<M>) -> Self::Future {
        let answer = self.0.clone()(request.into_inner());
        Box::pin(async move {
            let parts: Vec<_> = answer.await.into_iter().map(Ok).collect();
            Ok(Response::new(stream::iter(parts)))
        })
    }
}
