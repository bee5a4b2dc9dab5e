//! Recommendations from a model, with the products' names from the catalog. A page does without when they fail.

use super::catalog;
use super::request::{Here, Request};
use super::shop::Service;
use super::words;

/// Asks for recommendations.
pub fn ask(request: &mut Request<'_>, here: &mut Here) {
    let path = "/recommendations".to_owned();
    let status = request.http(here, Service::Recommendation, "GET /recommendations", path, serve);
    if status != 200 {
        request.warn(
            here,
            format!("recommendations answered {status}, rendering the page without them"),
        );
    }
}

fn serve(request: &mut Request<'_>, here: &mut Here) -> u16 {
    request.work(here, 7.0);
    if request.rng.chance(0.000_8) {
        let (user, worker) = (request.rng.between(1_000, 99_999), request.rng.between(1, 5));
        request.error(
            here,
            format!(
                "Unhandled exception in worker {worker}\nTraceback (most recent call last):\n  File \"/srv/recommendation/server.py\", line 88, in recommend\n    vector = self.features[user_id]\n  File \"/srv/recommendation/features.py\", line 41, in __getitem__\n    raise KeyError(user_id)\nKeyError: {user}"
            ),
        );
        return 500;
    }
    if request.rng.chance(0.01) {
        let segment = request.rng.between(1, 90);
        request.warn(
            here,
            format!("model cache miss for segment seg-{segment:02}, scoring from scratch"),
        );
        request.work(here, 30.0);
    }
    let product = words::product(&mut request.rng);
    catalog::fetch(request, here, &product);
    if request.rng.chance(0.25) {
        let user = request.rng.between(1_000, 99_999);
        let milliseconds = request.elapsed(here);
        request.info(
            here,
            format!("5 recommendations for user {user} from model v14 in {milliseconds:.1} ms"),
        );
    }
    200
}
