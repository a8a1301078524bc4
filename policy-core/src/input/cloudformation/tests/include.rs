//! `AWS::Include` with local files.

use super::*;

const INCLUDE: &str = "{Name: AWS::Include, Parameters: {Location: ";

fn read(main: &str, files: &[(&str, &str)]) -> LoadedInput {
    let main = main.replace("@", INCLUDE).replace("#", "}}");
    let mut all = vec![("main.yaml", main.as_str())];
    all.extend(files);
    load_files(&all, &InputContext::default())
}

/// A template, its files, and the resources it has.
type Row<'r> = (&'r str, &'r [(&'r str, &'r str)], &'r [&'r str]);

#[test]
fn snippets_take_the_place_of_the_call() {
    let rows: &[Row<'_>] = &[
        (
            "Resources:\n  R:\n    Type: X\n    Properties:\n      A: 1\n      Fn::Transform: @./p.yaml#\n",
            &[("p.yaml", "B: !Sub '${AWS::NoSuch}x'\nC: [2]")],
            &["R X {A: 1, B: ?expression(AWS::NoSuch)!, C: [2]}"],
        ),
        (
            "Resources:\n  R: {Type: X, Properties: {A: {'Fn::Transform': @p.yaml#}, B: !Transform @p.yaml#, D: [{'Transform': @p.yaml#}]}}\n",
            &[("p.yaml", "k: v")],
            &["R X {A: {k: \"v\"}, B: {k: \"v\"}, D: [{k: \"v\"}]}"],
        ),
        (
            "Resources:\n  A: {Type: X}\n  Fn::Transform: @more/r.json#\n",
            &[(
                "more/r.json",
                "{\"B\": {\"Type\": \"Y\", \"Properties\": {\"R\": {\"Ref\": \"A\"}}}}",
            )],
            &["A X {}", "B Y {R: ?reference(A)!}"],
        ),
        // The top level, also next to a macro and a section of the same name.
        (
            "Transform: [@t.yaml#]\nResources:\n  A: {Type: X, Condition: C, Properties: {P: !FindInMap [M, a, b]}}\n",
            &[(
                "t.yaml",
                "Mappings: {M: {a: {b: 1}}}\nConditions: {C: !Equals [a, a]}\nResources: {B: {Type: Y}}",
            )],
            &["A X {P: 1}", "B Y {}"],
        ),
        (
            "Fn::Transform: @t.yaml#\nResources: {A: {Type: X, Properties: {P: !FindInMap [M, a, b]}}}\n",
            &[("t.yaml", "Mappings: {M: {a: {b: 1}}}")],
            &["A X {P: 1}"],
        ),
        // In a mapping, and through another file whose own path counts.
        (
            "Mappings: {M: {Fn::Transform: @a/m.yaml#}}\nResources: {A: {Type: X, Properties: {P: !FindInMap [M, t, s]}}}\n",
            &[
                (
                    "a/m.yaml",
                    "Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./b/n.yaml}}",
                ),
                ("a/b/n.yaml", "t: {s: deep}"),
            ],
            &["A X {P: \"deep\"}"],
        ),
        // A parameter may say where.
        (
            "Parameters: {Where: {Type: String, Default: p.yaml}}\nResources: {A: {Type: X, Properties: {Fn::Transform: @!Ref Where#}}}\n",
            &[("p.yaml", "k: v")],
            &["A X {k: \"v\"}"],
        ),
        // Loops and conditions of the snippet are those of the template.
        (
            "Transform: AWS::LanguageExtensions\nResources: {Fn::Transform: @p.yaml#}\n",
            &[("p.yaml", "Fn::ForEach::L: [N, [a, b], {'T${N}': {Type: X}}]")],
            &["Ta X {}", "Tb X {}"],
        ),
    ];
    for (main, files, expected) in rows {
        let input = read(main, files);
        assert_eq!(listing(&input), *expected, "{main}");
        let unexpected: Vec<String> = diagnostics(&input)
            .into_iter()
            .filter(|line| !line.contains("AWS::NoSuch"))
            .collect();
        assert_eq!(unexpected, [""; 0], "{main}");
    }
}

#[test]
fn places_are_in_the_snippet() {
    let input = read(
        "Resources:\n  R: {Type: X, Properties: {Fn::Transform: @p.yaml#}}\n  Fn::Transform: @r.yaml#\n",
        &[
            ("p.yaml", "\nKey: !Ref Nowhere\n"),
            ("r.yaml", "\n\nS:\n  Type: Y\n  Properties: {P: 1}\n"),
        ],
    );
    let origin = &input.resources[0].origin;
    let path = crate::value::AttributePath::parse("Key").unwrap();
    assert_eq!(origin.locate(&path).unwrap().location().to_string(), "p.yaml:2:6");
    assert_eq!(input.diagnostics[0].location().unwrap().to_string(), "p.yaml:2:6");
    let second = &input.resources[1].origin;
    assert_eq!(
        (
            &*second.file,
            second.block.as_ref().unwrap().location().to_string()
        ),
        ("r.yaml", "r.yaml:3:1".to_owned())
    );
}

#[test]
fn what_cannot_be_included_is_said() {
    let inside = "Resources: {R: {Type: X, Properties: {A: 1, Fn::Transform: @FILE#}}}\n";
    let rows = [
        (
            "nowhere.yaml",
            vec!["CFN018 the file `nowhere.yaml` cannot be read"],
        ),
        (
            "list.yaml",
            vec!["CFN018 an included file holds a mapping, and `list.yaml` holds a list"],
        ),
        ("self.yaml", vec!["CFN018 `self.yaml` includes itself"]),
        (
            "broken.yaml",
            vec!["CFN018 the file `broken.yaml` cannot be read", ""],
        ),
        // The value of what is not local is unknown, which says it.
        ("s3://bucket/key", vec![]),
    ];
    let files = [
        ("list.yaml", "[a]"),
        (
            "self.yaml",
            "Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}",
        ),
        ("broken.yaml", "a: ["),
    ];
    for (file, expected) in rows {
        let input = read(&inside.replace("FILE", file), &files);
        let found = diagnostics(&input);
        assert_eq!(found.len(), expected.len(), "{file}: {found:?}");
        for (line, start) in found.iter().zip(expected) {
            assert!(line.starts_with(start), "{file}: {line}");
        }
        assert_eq!(show(&input.resources[0].values), "?expression()", "{file}");
    }
    let twice = read(
        "Resources: {R: {Type: X, Properties: {A: 1, Fn::Transform: @p.yaml#}}}\n",
        &[("p.yaml", "{A: 2, B: 3}")],
    );
    assert_eq!(
        diagnostics(&twice),
        ["CFN018 `A` is defined by the template and by what it includes"]
    );
    assert_eq!(show(&twice.resources[0].values), "{A: 1, B: 3}");
    // Resources that a snippet brings cannot be left out in silence.
    let unseen = read("Resources: {R: {Type: X}, Fn::Transform: @s3://b/k#}\n", &[]);
    assert_eq!(
        diagnostics(&unseen),
        ["CFN013 the resources of `Fn::Transform` are not evaluated"]
    );
}

#[test]
fn snippets_that_grow_or_nest_without_end() {
    let chain: Vec<(String, String)> = (0..20)
        .map(|level| {
            let next = format!(
                "{{Name: AWS::Include, Parameters: {{Location: f{}.yaml}}}}",
                level + 1
            );
            (
                format!("f{level}.yaml"),
                format!("K{level}: {{Fn::Transform: {next}}}"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = chain
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let input = read(
        "Resources: {R: {Type: X, Properties: {Fn::Transform: @f0.yaml#}}}\n",
        &files,
    );
    assert_eq!(
        diagnostics(&input),
        ["CFN018 files include each other more than 8 levels deep"]
    );

    let wide: Vec<(String, String)> = (0..8)
        .map(|level| {
            let next = format!(
                "{{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: w{}.yaml}}}}}}",
                level + 1
            );
            let members: Vec<String> = (0..40).map(|member| format!("k{member}: {next}")).collect();
            (format!("w{level}.yaml"), format!("{{{}}}", members.join(", ")))
        })
        .collect();
    let mut files: Vec<(&str, &str)> = wide
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    files.push(("w8.yaml", "{x: y}"));
    let input = read(
        "Resources: {R: {Type: X, Properties: {Fn::Transform: @w0.yaml#}}}\n",
        &files,
    );
    assert!(
        diagnostics(&input)
            .contains(&"CFN018 the template is too large with the files it includes".to_owned())
    );

    let open = "{a: ".repeat(90);
    let close = "}".repeat(90);
    let deep =
        format!("{open}{{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: e.yaml}}}}}}{close}");
    let end = format!("{open}1{close}");
    let input = read(
        "Resources: {R: {Type: X, Properties: {Fn::Transform: @d.yaml#}}}\n",
        &[("d.yaml", &deep), ("e.yaml", &end)],
    );
    assert!(
        diagnostics(&input)[0].starts_with("CFN018 with its included files the template is nested more than")
    );
}
