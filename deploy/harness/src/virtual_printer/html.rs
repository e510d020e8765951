//! A printed slip as a page, dot for dot: at 203 dots an inch a column is 12 dots wide, 48 of them 80 mm paper.

use std::fmt::Write;

use super::paper::{Align, PrintedLine, PrintedSlip, Span};

const COLUMN: usize = 12;
const CHARACTER: usize = 24;

const STYLE: &str = "
body { margin: 0; background: #888; }
.slip { background: #fffef8; color: #111; padding: 24px 32px; margin: 16px; display: inline-block; }
.line { display: flex; overflow: hidden; white-space: pre; }
.line > span { display: block; font: 24px/20px 'Noto Sans Mono CJK SC', monospace; height: 24px; flex: none; transform-origin: 0 0; }
.complaint { color: #c00; font: 16px sans-serif; }
";

/// A page with one slip.
pub fn page_of(slip: &PrintedSlip) -> String {
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><title>slip</title><style>{STYLE}</style><div class=slip><div style='width:{}px'>",
        slip.columns * COLUMN
    );
    slip.lines.iter().for_each(|line| push_line(&mut page, line));
    page.push_str("</div>");
    for complaint in &slip.complaints {
        push(&mut page, format_args!("<p class=complaint>{}</p>", escaped(complaint)));
    }
    page.push_str("</div>");
    page
}

/// Its size as a picture, with the desk around it: width and height in dots.
pub fn picture_size(slip: &PrintedSlip) -> (usize, usize) {
    let height: usize = slip.lines.iter().map(line_height).sum();
    (slip.columns * COLUMN + 96, height + slip.complaints.len() * 40 + 80)
}

fn line_height(line: &PrintedLine) -> usize {
    let tallest = line.spans.iter().map(|span| usize::from(span.high) * CHARACTER).max().unwrap_or(0);
    tallest.max(usize::from(line.spacing))
}

fn push_line(page: &mut String, line: &PrintedLine) {
    let place = match line.align {
        Align::Left => "flex-start",
        Align::Center => "center",
        Align::Right => "flex-end",
    };
    push(
        page,
        format_args!("<div class=line style='height:{}px;justify-content:{place}'>", line_height(line)),
    );
    line.spans.iter().for_each(|span| push_span(page, span));
    page.push_str("</div>");
}

fn push_span(page: &mut String, span: &Span) {
    let look = match (span.reverse, span.bold) {
        (true, _) => "background:#111;color:#fffef8;font-weight:700;",
        (false, true) => "font-weight:700;",
        (false, false) => "",
    };
    push(
        page,
        format_args!(
            "<span style='{look}width:{}px;margin-right:{}px;transform:scale({},{})'>{}</span>",
            span.columns() / usize::from(span.wide) * COLUMN,
            span.columns() / usize::from(span.wide) * COLUMN * usize::from(span.wide - 1),
            span.wide,
            span.high,
            escaped(&span.text)
        ),
    );
}

fn push(page: &mut String, piece: std::fmt::Arguments<'_>) {
    page.write_fmt(piece).expect("a text takes any piece");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
