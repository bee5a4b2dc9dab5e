//! `suspects`: the services to blame, and how sure that is.

use serde_json::json;

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use crate::questions::root_cause::{Answer, Suspect};

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let mut body = json!({ "from": query.from.to_string(), "to": query.to.to_string() });
    match query.services.as_slice() {
        [] => {}
        [service] => body["service"] = json!(service),
        _ => {
            return Err(Refusal::of(
                "services: name one, whose trouble is to be explained, or none for all".to_owned(),
            ));
        }
    }
    let answer: Answer = asker.post("/api/v1/correlate", body).await?;
    let root = answer.root_cause.as_ref();
    let confidence = |suspect: &Suspect| {
        root.filter(|root| root.service == suspect.service)
            .map(|root| root.confidence)
    };
    let suspects = query.first(answer.suspects);
    let of = |suspect: &Suspect| [("service", suspect.service.clone())];
    let frame = match query.is_series() {
        true => {
            let mut numbers: Vec<Field> = suspects
                .iter()
                .map(|suspect| Field::number("score", "", [suspect.score]).labelled(of(suspect)))
                .collect();
            let roots = suspects.iter().filter(|suspect| confidence(suspect).is_some());
            numbers
                .extend(roots.map(|suspect| {
                    Field::number("confidence", "percent", [confidence(suspect)]).labelled(of(suspect))
                }));
            Frame::moment("suspects", query.to, numbers)
        }
        false => Frame::table(
            "suspects",
            vec![
                Field::text("service", suspects.iter().map(|suspect| &suspect.service)),
                Field::number("score", "", suspects.iter().map(|suspect| suspect.score)),
                Field::number("confidence", "percent", suspects.iter().map(confidence)),
                Field::text("evidence", suspects.iter().map(evidence)),
                Field::time("since", suspects.iter().map(since)),
                Field::text(
                    "note",
                    suspects.iter().map(|suspect| suspect.note.clone().unwrap_or_default()),
                ),
                Field::text(
                    "sentence",
                    suspects.iter().map(|suspect| {
                        let sentence = root.filter(|root| root.service == suspect.service);
                        sentence.map_or("", |root| root.sentence.as_str())
                    }),
                ),
            ],
        ),
    };
    Ok(frame.noting(answer.warnings))
}

fn evidence(suspect: &Suspect) -> String {
    let texts: Vec<&str> = suspect.evidence.iter().map(|piece| piece.text.as_str()).collect();
    texts.join("; ")
}

fn since(suspect: &Suspect) -> Option<jiff::Timestamp> {
    suspect.evidence.iter().filter_map(|piece| piece.since).min()
}
