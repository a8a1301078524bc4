//! Diagnostics about rules.

use crate::diagnostic::codes;

codes! {
    RGO001: Error, "a rule file cannot be parsed",
        "The Rego text has a syntax error, or it is larger or nested deeper than the engine can parse in bounded time.\n\
         Mend the text at the marked place. Files are limited to 256 KiB, 10,000 lines, 12 levels of brackets and 2,000 operators.";
    RGO002: Error, "a rule cannot be prepared",
        "The text parses, but the engine refuses it before the first evaluation: an unsafe variable, conflicting rules or the like.\n\
         The control is not evaluated: its outcome is `error`, never `pass`.";
    RGO003: Error, "the package of a rule is not the one its control names",
        "Every Rego file of a control declares the control's package; by convention `controls.<id in lower case, - as _>`.";
    RGO004: Error, "a rule has no `deny` set",
        "A rule reports violations as elements of the partial set `deny` (or `violation`): write `deny contains violation if { … }`.\n\
         `deny := …`, `deny[x] if` and a boolean `allow` are not violations, and reading them as such would pass in silence.";
    RGO005: Error, "a rule calls a function that does not exist",
        "The name is neither a function of the rule's package or of the library nor a builtin of the engine.\n\
         Without this check the call would fail only on the resource that reaches it.";
    RGO006: Error, "a rule calls a builtin that rules may not use",
        "Rules are hermetic and bounded: no network, no clock, no randomness, no builtin that cannot be interrupted.\n\
         The time of the run is `input.context.now`.";
    RGO007: Error, "rules or functions call themselves",
        "Rego has no recursion. The engine would overflow its stack at run time, so the control is refused.";
    RGO008: Error, "rules depend on each other too deeply",
        "A chain of more than 200 rules and functions needs more stack than is safe. Shorten the chain.";
    RGO009: Error, "a rule refers to data that does not exist",
        "Rules see their own package, the library and `input`; there are no other data documents. A reference to anything else\n\
         is always undefined, which would pass in silence.";
    RGO010: Error, "two controls share a package",
        "Their violations would be merged. Give every control its own package.";
    RGO011: Error, "a rule can lose its values",
        "The value in the head of a rule that iterates can be undefined for one element. The engine then forgets the values of\n\
         the elements before it, in silence. Bind the value in the body, where an undefined value only leaves out its element:\n\
         `names contains name if { some e in input.resource.entries; name := e.name }`.\n\
         The definitions of `deny` and `warn` are exempt: they are evaluated in another way.";
    RGO101: Warning, "a violation can be swallowed by an undefined value",
        "A violation that contains an undefined value is no violation: the rule passes in silence. Leave out `message` and\n\
         `actual` (they are composed from `path`), or test in the body that the value is there.";
    RGO102: Warning, "a rule reads a whole resource",
        "Unknown values anywhere in the resource then leave the outcome unknown, and the whole document has to be built.\n\
         Name the attributes that are read: `input.resource.kms_key_id`.";
    RGO103: Warning, "`!= true` passes in silence when the attribute is absent",
        "A comparison with an undefined value is undefined, so the rule finds nothing on a resource without the attribute.\n\
         Write `not input.resource.x`, which holds for false and for absent.";
    RGO104: Info, "a rule is written in Rego v0",
        "It is evaluated as v0. New rules use v1: `deny contains x if { … }`.";
    RGO105: Warning, "a rule uses `with` on its input",
        "What a rule reads cannot be told when it replaces its own input, so everything counts as read.";
    RGO106: Warning, "a rule walks a whole tree",
        "`walk` reads everything below its argument, and unknown values there leave the outcome unknown. Name the attributes.";
}
