//! Prints the shape of every line of standard input.

use std::io::{BufRead, Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let (mut input, mut output) = (stdin().lock(), stdout().lock());
    let (mut line, mut text) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        text.clear();
        kulprit_patterns::shape::shape_text(&line, &mut text);
        assert_eq!(
            kulprit_patterns::shape::text_id(&text),
            kulprit_patterns::shape::shape_id(&line)
        );
        text.push(b'\n');
        output.write_all(&text)?;
        line.clear();
    }
    Ok(())
}
