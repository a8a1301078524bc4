//! Codes for texts that cannot be read.

use crate::diagnostic::codes;

codes! {
    DOC001: Error, "the file is not text",
        "The file holds NUL bytes or other binary data, so it is neither JSON nor YAML. A saved Terraform plan, an archive or a compressed file must be converted first; for a Terraform plan run `terraform show -json PLANFILE > plan.json`.";
    DOC002: Error, "the file is not valid UTF-8",
        "Inputs, controls and exceptions are UTF-8 (with or without a byte order mark) or UTF-16. Save the file again as UTF-8; a file in a Windows code page such as CP-1252 has to be converted.";
    DOC003: Error, "the file is not valid UTF-16",
        "The file starts like UTF-16, which Windows PowerShell writes for `>` and `Out-File`, but it is damaged or cut off. Write it again, as UTF-8 if possible: `... | Out-File -Encoding utf8 plan.json`.";
    DOC004: Error, "the file is empty",
        "Nothing but blanks, comments or a byte order mark is in the file. An empty file is never taken for an input without findings. If a command wrote it, look at what that command printed on standard error.";
    DOC005: Error, "not valid JSON",
        "JSON is read strictly after RFC 8259: no comments, no trailing commas, double quotes only. The message names the place and what was expected there.";
    DOC006: Error, "not valid YAML",
        "The YAML parser stopped at this place. Usual causes: wrong indentation, a tab, an unclosed quote or bracket, or a plain text that holds `: ` or starts with one of `@ ` * & ! % {` and has to be quoted.";
    DOC007: Error, "a key occurs twice",
        "Two entries of the same mapping have the same key. Tools disagree on which one counts, so neither is used. Delete or rename one of them.";
    DOC008: Error, "nested too deeply",
        "Documents may be nested 128 levels deep. Real inputs stay far below; generated ones should be flattened.";
    DOC009: Error, "a number is out of range",
        "The number does not fit a 64-bit floating-point value. Write it as a string if it is an identifier.";
    DOC010: Error, "YAML aliases expand too far",
        "Aliases (`*name`) repeat what their anchor (`&name`) holds. Together they would grow this document beyond one million values, which is how a small file exhausts memory. Write the repeated parts out or remove the nesting of aliases.";
    DOC011: Error, "an alias has no anchor",
        "`*name` repeats the value marked `&name` earlier in the same document; there is no such mark before this place. A text that starts with `*` has to be quoted.";
    DOC012: Error, "more than one document in the file",
        "The file holds several YAML documents separated by `---`, and this kind of file has exactly one. Split the file.";
    DOC013: Error, "a mapping key is not a scalar",
        "Keys are texts. A list or mapping as a key (`? [a, b]`, `{{name}}: x`) has no meaning here. A template placeholder such as `{{ name }}` has to be rendered or quoted first.";
    DOC014: Error, "a merge key does not merge a mapping",
        "`<<` takes a mapping or a list of mappings, usually as aliases: `<<: *defaults`. Quote the key (`\"<<\"`) if it is an ordinary key.";
    DOC015: Error, "a YAML tag does not fit its value",
        "A tag such as `!!int` or `!!bool` says how to read the scalar after it, and this scalar cannot be read so. Remove the tag or mend the value.";
    DOC016: Error, "not valid HCL",
        "The parser stopped at this place of a Terraform file. The block around it is left out; all other blocks of the file are still read. Usual causes: an unclosed bracket or quote, a missing `=`, a comma between blocks, or an attribute that is set twice.";
    DOC017: Error, "an HCL expression is nested too deeply",
        "Expressions may be nested 64 levels deep and chain 128 operators. Real code stays far below; split a generated expression into several local values.";
}
