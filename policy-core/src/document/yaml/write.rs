//! YAML text from a stream of items.

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};

use super::Collection;

/// A piece of the document that is written.
pub(crate) enum Item<'t> {
    /// A scalar without quotes: a number, a boolean, null.
    Plain(&'t str),
    /// A text in double quotes.
    Quoted(&'t str),
    /// A text of several lines, as a block where YAML allows it.
    Block(&'t str),
    /// The begin of a sequence or mapping; keys and values alternate in a mapping.
    Open(Collection),
    /// Its end.
    Close(Collection),
}

/// One document in block style, as libyaml lays it out; `None` when the items are no document.
pub(crate) fn write<'t>(items: impl IntoIterator<Item = Item<'t>>) -> Option<String> {
    let mut output = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_output_string(&mut output);
    emitter.set_unicode(true);
    emitter.emit(Event::stream_start(Encoding::Utf8)).ok()?;
    emitter.emit(Event::document_start(None, &[], true)).ok()?;
    for item in items {
        let event = match item {
            Item::Plain(text) => Event::scalar(None, None, text, true, false, ScalarStyle::Plain),
            Item::Quoted(text) => Event::scalar(None, None, text, false, true, ScalarStyle::DoubleQuoted),
            Item::Block(text) => Event::scalar(None, None, text, false, true, ScalarStyle::Literal),
            Item::Open(Collection::Sequence) => Event::sequence_start(None, None, true, SequenceStyle::Block),
            Item::Open(Collection::Mapping) => Event::mapping_start(None, None, true, MappingStyle::Block),
            Item::Close(Collection::Sequence) => Event::sequence_end(),
            Item::Close(Collection::Mapping) => Event::mapping_end(),
        };
        emitter.emit(event).ok()?;
    }
    emitter.emit(Event::document_end(true)).ok()?;
    emitter.emit(Event::stream_end()).ok()?;
    drop(emitter);
    String::from_utf8(output).ok()
}
