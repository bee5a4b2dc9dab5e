//! The placeholders that stand for what varies.

/// What a placeholder stands for. [`Mask::text`] is what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mask {
    Any,
    Num,
    Hex,
    Id,
    Ip,
    Host,
    Path,
    Url,
    Email,
    Time,
    Mac,
    Uuid,
    Size,
    Thread,
    More,
}

impl Mask {
    pub const ALL: [Mask; 15] = [
        Mask::Any,
        Mask::Num,
        Mask::Hex,
        Mask::Id,
        Mask::Ip,
        Mask::Host,
        Mask::Path,
        Mask::Url,
        Mask::Email,
        Mask::Time,
        Mask::Mac,
        Mask::Uuid,
        Mask::Size,
        Mask::Thread,
        Mask::More,
    ];

    /// The placeholder as it stands in the text of a shape.
    pub const fn text(self) -> &'static str {
        match self {
            Mask::Any => "<*>",
            Mask::Num => "<num>",
            Mask::Hex => "<hex>",
            Mask::Id => "<id>",
            Mask::Ip => "<ip>",
            Mask::Host => "<host>",
            Mask::Path => "<path>",
            Mask::Url => "<url>",
            Mask::Email => "<email>",
            Mask::Time => "<time>",
            Mask::Mac => "<mac>",
            Mask::Uuid => "<uuid>",
            Mask::Size => "<size>",
            Mask::Thread => "<thread>",
            Mask::More => "<more>",
        }
    }

    /// The placeholder that `text` opens with, if any.
    pub fn at_start(text: &[u8]) -> Option<Mask> {
        if text.first() != Some(&b'<') {
            return None;
        }
        Mask::ALL
            .into_iter()
            .find(|mask| text.starts_with(mask.text().as_bytes()))
    }
}
