//! The builtins that rules may call.

/// Deterministic, bounded and without side effects.
const ALLOWED: &[&str] = &[
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "base64.decode",
    "base64.encode",
    "base64.is_valid",
    "base64url.decode",
    "base64url.encode",
    "base64url.encode_no_pad",
    "bits.and",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "glob.match",
    "glob.quote_meta",
    "graph.reachable",
    "graph.reachable_paths",
    "hex.decode",
    "hex.encode",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "json.filter",
    "json.is_valid",
    "json.marshal",
    "json.marshal_with_options",
    "json.patch",
    "json.remove",
    "json.unmarshal",
    "lower",
    "max",
    "min",
    "net.cidr_contains",
    "net.cidr_is_valid",
    "numbers.range",
    "numbers.range_step",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    "print",
    "product",
    "regex.find_all_string_submatch_n",
    "regex.find_n",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "regex.template_match",
    "replace",
    "round",
    "semver.compare",
    "semver.is_valid",
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.replace_n",
    "strings.reverse",
    "substring",
    "sum",
    "time.add_date",
    "time.clock",
    "time.date",
    "time.diff",
    "time.format",
    "time.parse_duration_ns",
    "time.parse_ns",
    "time.parse_rfc3339_ns",
    "time.weekday",
    "to_number",
    "trace",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "units.parse",
    "units.parse_bytes",
    "upper",
    "urlquery.decode",
    "urlquery.decode_object",
    "urlquery.encode",
    "urlquery.encode_object",
    "walk",
    "yaml.is_valid",
    "yaml.marshal",
    "yaml.unmarshal",
];

/// Whole namespaces and single builtins that are refused, with what to do instead.
const REFUSED: &[(&str, &str)] = &[
    (
        "http.send",
        "rules have no network; put what they need into the input",
    ),
    (
        "opa.runtime",
        "rules have no environment; use `parameters` of the control",
    ),
    ("rand.", "rules are deterministic"),
    ("uuid.", "rules are deterministic"),
    ("time.now_ns", "use `time.parse_rfc3339_ns(input.context.now)`"),
    (
        "net.cidr_expand",
        "compare ranges with `net.cidr_contains`; a large range would expand to millions of addresses",
    ),
    ("bits.lsh", "a large shift cannot be interrupted"),
    ("io.jwt.", "tokens are no infrastructure"),
    ("crypto.", "compare the canonical attributes instead"),
    (
        "json.match_schema",
        "the shape of resources is fixed by the resource model",
    ),
    (
        "json.verify_schema",
        "the shape of resources is fixed by the resource model",
    ),
    ("test.", "rules are not tests"),
];

/// Builtins of OPA that the engine does not have.
const MISSING: &[(&str, &str)] = &[
    (
        "net.cidr_intersects",
        "test both directions with `net.cidr_contains`",
    ),
    (
        "net.cidr_merge",
        "compare the ranges one by one with `net.cidr_contains`",
    ),
    ("net.cidr_contains_matches", "iterate and use `net.cidr_contains`"),
    ("net.lookup_ip_addr", "rules have no network"),
    ("regex.globs_match", "use `glob.match` or `regex.match`"),
    ("rego.", "the control file holds what annotations hold elsewhere"),
    ("graphql.", "it is not supported"),
    ("providers.", "it is not supported"),
    ("cast_", "use `is_string` and its sisters"),
    ("re_match", "use `regex.match`"),
];

/// What is to be said about a call of `name`, which is no function of the rules.
pub(super) enum Standing {
    /// It may be called.
    Allowed,
    /// It may not be called; what to do instead.
    Refused(&'static str),
    /// There is none; what may be meant.
    Unknown(String),
}

/// Looks `name` up.
pub(super) fn standing(name: &str) -> Standing {
    if ALLOWED.contains(&name) {
        return Standing::Allowed;
    }
    let covers = |entry: &str| entry == name || (entry.ends_with(['.', '_']) && name.starts_with(entry));
    if let Some((_, instead)) = REFUSED.iter().find(|(entry, _)| covers(entry)) {
        return Standing::Refused(instead);
    }
    if let Some((_, instead)) = MISSING.iter().find(|(entry, _)| covers(entry)) {
        return Standing::Unknown(format!("the engine does not have this builtin of OPA: {instead}"));
    }
    let near = ALLOWED
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min();
    Standing::Unknown(match near {
        Some((distance, known)) if distance <= 2 => format!("did you mean `{known}`?"),
        _ => "define the function in the rule's package or import it from the library".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_builtin_exists_in_the_engine() {
        for name in ALLOWED.iter().filter(|name| **name != "print") {
            let mut engine = regorus::Engine::new();
            engine
                .add_policy("x.rego".into(), format!("package x\ny := {name}()\n"))
                .unwrap();
            let error = engine.eval_rule("data.x.y".into()).unwrap_err().to_string();
            assert!(!error.contains("could not find function"), "{name}: {error}");
        }
    }

    #[test]
    fn refused_and_unknown_names_say_what_to_do() {
        assert!(matches!(standing("http.send"), Standing::Refused(_)));
        assert!(matches!(standing("rand.intn"), Standing::Refused(_)));
        assert!(matches!(standing("crypto.sha256"), Standing::Refused(_)));
        let Standing::Unknown(hint) = standing("startwith") else {
            panic!()
        };
        assert_eq!(hint, "did you mean `startswith`?");
        let Standing::Unknown(hint) = standing("net.cidr_intersects") else {
            panic!()
        };
        assert!(hint.contains("net.cidr_contains"));
    }
}
