//! `AWS::Serverless`: what each resource becomes.

use super::*;
use crate::diagnostic::Level;
use crate::value::AttributePath;

pub(super) const HEAD: &str = "Transform: AWS::Serverless-2016-10-31
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Mode: {Type: String, Default: NONE}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
";

pub(super) fn read(resources: &str) -> LoadedInput {
    load(
        &format!("{HEAD}Resources:\n{resources}"),
        &InputContext::default(),
    )
}

/// Warnings and errors; remarks about what no control looks at are expected.
pub(super) fn complaints(input: &LoadedInput) -> Vec<String> {
    let lines = diagnostics(input);
    let serious = input
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.level > Level::Info);
    lines
        .into_iter()
        .zip(serious)
        .filter_map(|(line, serious)| serious.then_some(line))
        .collect()
}

/// Serverless resources and what they become, without complaint.
pub(super) fn table(rows: &[(&str, &[&str])]) {
    for (resources, expected) in rows {
        let input = read(resources);
        let found = listing(&input);
        assert_eq!(found, *expected, "{resources}");
        assert_eq!(complaints(&input), [""; 0], "{resources}");
    }
}

pub(super) fn property_of(input: &LoadedInput, id: &str, path: &str) -> String {
    let resource = input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == id)
        .unwrap_or_else(|| panic!("{id} in {:?}", listing(input)));
    let path = AttributePath::parse(path).unwrap();
    resource
        .values
        .at(&path)
        .map_or_else(|| "absent".to_owned(), show)
}

const TRUST: &str = "{Statement: [{Action: [\"sts:AssumeRole\"], Effect: \"Allow\", Principal: {Service: [\"lambda.amazonaws.com\"]}}], Version: \"2012-10-17\"}";
const TAGS: &str = "[{Key: \"lambda:createdBy\", Value: \"SAM\"}]";
pub(super) const BASIC: &str = "\"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\"";

#[test]
fn a_function_and_its_role() {
    let role = format!(
        "FRole IAM::Role {{AssumeRolePolicyDocument: {TRUST}, ManagedPolicyArns: [{BASIC}], Tags: {TAGS}}}"
    );
    table(&[
        (
            "  F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: r, InlineCode: x}}\n",
            &[
                &role,
                &format!(
                    "F Lambda::Function {{Code: {{ZipFile: \"x\"}}, Handler: \"h\", Role: ?reference(FRole)!, Runtime: \"r\", Tags: {TAGS}}}"
                ),
            ],
        ),
        // A role of its own is the role.
        (
            "  F: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt R.Arn, Policies: [AdministratorAccess], ImageUri: i}}\n  R: {Type: AWS::IAM::Role}\n",
            &[
                &format!(
                    "F Lambda::Function {{Code: {{ImageUri: \"i\"}}, Role: ?reference(R)!, Tags: {TAGS}}}"
                ),
                "R IAM::Role {}",
            ],
        ),
        // Without properties at all.
        (
            "  F: {Type: AWS::Serverless::Function}\n",
            &[
                &role,
                &format!("F Lambda::Function {{Role: ?reference(FRole)!, Tags: {TAGS}}}"),
            ],
        ),
    ]);
}

#[test]
fn properties_of_functions() {
    let input = read(
        "  F:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties:
      CodeUri: s3://bucket/path/key.zip
      Tracing: Active
      VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}
      KmsKeyArn: !GetAtt Key.Arn
      Environment: {Variables: {A: b}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Q.Arn}
      Tags: {Environment: prod, Owner: !Ref Env}
      RolePath: /p/
      PermissionsBoundary: arn:aws:iam::111122223333:policy/b
      LoggingConfig: {LogFormat: JSON}
      AutoPublishAlias: live
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: BUFFERED}
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: SQS}
          OnFailure: {Type: SNS, Destination: arn:aws:sns:eu-west-1:111122223333:t}
  Key: {Type: AWS::KMS::Key}
  Q: {Type: AWS::SQS::Queue}
",
    );
    assert_eq!(complaints(&input), [""; 0]);
    let ids: Vec<(&str, &str, Option<&str>)> = input
        .resources
        .iter()
        .map(|resource| {
            (
                resource.id.as_str(),
                &*resource.native_type,
                resource.condition.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        ids,
        [
            (
                "FEventInvokeConfigOnSuccessQueue",
                "AWS::SQS::Queue",
                Some("IsProd")
            ),
            ("FRole", "AWS::IAM::Role", Some("IsProd")),
            ("F", "AWS::Lambda::Function", Some("IsProd")),
            ("FUrl", "AWS::Lambda::Url", Some("IsProd")),
            ("FUrlPublicPermissions", "AWS::Lambda::Permission", Some("IsProd")),
            ("Key", "AWS::KMS::Key", None),
            ("Q", "AWS::SQS::Queue", None),
        ]
    );
    let rows = [
        ("F", "Code", "{S3Bucket: \"bucket\", S3Key: \"path/key.zip\"}"),
        ("F", "TracingConfig", "{Mode: \"Active\"}"),
        ("F", "Tracing", "absent"),
        ("F", "KmsKeyArn", "?reference(Key)!"),
        ("F", "Environment", "{Variables: {A: \"b\"}}"),
        ("F", "DeadLetterConfig", "{TargetArn: ?reference(Q)!}"),
        ("F", "Tags[1]", "{Key: \"Environment\", Value: \"prod\"}"),
        ("F", "Tags[2].Value", "?parameter(Env)! {\"dev\" | \"prod\"}"),
        ("F", "LoggingConfig", "{LogFormat: \"JSON\"}"),
        ("F", "AutoPublishAlias", "absent"),
        ("F", "PermissionsBoundary", "absent"),
        (
            "FRole",
            "PermissionsBoundary",
            "\"arn:aws:iam::111122223333:policy/b\"",
        ),
        ("FRole", "Path", "\"/p/\""),
        ("FRole", "Tags[1].Key", "\"Environment\""),
        (
            "FRole",
            "ManagedPolicyArns[1]",
            "\"arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess\"",
        ),
        (
            "FRole",
            "ManagedPolicyArns[2]",
            "\"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole\"",
        ),
        (
            "FRole",
            "Policies[0].PolicyDocument.Statement[0]",
            "{Action: \"sqs:SendMessage\", Effect: \"Allow\", Resource: ?reference(Q)!}",
        ),
        (
            "FRole",
            "Policies[1].PolicyDocument.Statement[0]",
            "{Action: \"sqs:SendMessage\", Effect: \"Allow\", Resource: ?reference(FEventInvokeConfigOnSuccessQueue)!}",
        ),
        (
            "FRole",
            "Policies[2].PolicyDocument.Statement[0].Resource",
            "\"arn:aws:sns:eu-west-1:111122223333:t\"",
        ),
        ("FUrl", "AuthType", "\"NONE\""),
        ("FUrl", "TargetFunctionArn", "?reference(F)!"),
        ("FUrlPublicPermissions", "Principal", "\"*\""),
    ];
    for (id, path, expected) in rows {
        assert_eq!(property_of(&input, id, path), expected, "{id} {path}");
    }
}

#[test]
fn globals_are_merged() {
    let text = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 3
    VpcConfig: {SecurityGroupIds: [g1], SubnetIds: [s]}
    Environment: {Variables: {A: global, B: global}}
    Tags: {Team: a}
    Tracing: Active
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Timeout: 9, VpcConfig: {SecurityGroupIds: [g2]}, Environment: {Variables: {B: own, C: own}}, Tags: {Owner: b}}}
  G: {Type: AWS::Serverless::Function}
  H: {Type: AWS::Serverless::Function, IgnoreGlobals: '*'}
  I: {Type: AWS::Serverless::Function, IgnoreGlobals: [Tracing, VpcConfig], Properties: {Environment: !Ref AWS::NoValue, Timeout: !Ref AWS::NoValue}}
  T: {Type: AWS::Serverless::SimpleTable}
";
    let input = load(text, &InputContext::default());
    assert_eq!(complaints(&input), [""; 0]);
    let rows = [
        ("F", "Runtime", "\"python3.12\""),
        ("F", "Timeout", "9"),
        (
            "F",
            "VpcConfig",
            "{SecurityGroupIds: [\"g1\", \"g2\"], SubnetIds: [\"s\"]}",
        ),
        (
            "F",
            "Environment.Variables",
            "{A: \"global\", B: \"own\", C: \"own\"}",
        ),
        ("F", "Tags[2]", "{Key: \"Owner\", Value: \"b\"}"),
        ("G", "Timeout", "3"),
        ("G", "TracingConfig.Mode", "\"Active\""),
        ("H", "Timeout", "absent"),
        ("H", "TracingConfig", "absent"),
        ("I", "Runtime", "\"python3.12\""),
        ("I", "VpcConfig", "absent"),
        ("I", "Environment", "absent"),
        ("I", "Timeout", "absent"),
        ("T", "SSESpecification.SSEEnabled", "true"),
    ];
    for (id, path, expected) in rows {
        assert_eq!(property_of(&input, id, path), expected, "{id} {path}");
    }
    // A global property is where it is written.
    let f = input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == "F")
        .unwrap();
    let path = AttributePath::parse("Runtime").unwrap();
    assert_eq!(
        f.origin.locate(&path).unwrap().location().to_string(),
        "template.yaml:4:14"
    );
}

#[test]
fn tables_layers_state_machines_and_applications() {
    let tags = "[{Key: \"stateMachine:createdBy\", Value: \"SAM\"}]";
    let trust = TRUST.replace("lambda", "states");
    table(&[
        (
            "  T: {Type: AWS::Serverless::SimpleTable}\n",
            &[
                "T DynamoDB::Table {AttributeDefinitions: [{AttributeName: \"id\", AttributeType: \"S\"}], BillingMode: \"PAY_PER_REQUEST\", KeySchema: [{AttributeName: \"id\", KeyType: \"HASH\"}]}",
            ],
        ),
        (
            "  T: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: k, Type: Number}, ProvisionedThroughput: {ReadCapacityUnits: 1}, TableName: t, Tags: {a: b}, SSESpecification: {SSEEnabled: false}}}\n",
            &[
                "T DynamoDB::Table {AttributeDefinitions: [{AttributeName: \"k\", AttributeType: \"N\"}], KeySchema: [{AttributeName: \"k\", KeyType: \"HASH\"}], ProvisionedThroughput: {ReadCapacityUnits: 1}, SSESpecification: {SSEEnabled: false}, TableName: \"t\", Tags: [{Key: \"a\", Value: \"b\"}]}",
            ],
        ),
        (
            "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: {Bucket: b, Key: k}, RetentionPolicy: Retain}}\n",
            &["L Lambda::LayerVersion {Content: {S3Bucket: \"b\", S3Key: \"k\"}, LayerName: \"L\"}"],
        ),
        (
            "  S: {Type: AWS::Serverless::StateMachine, Properties: {Type: EXPRESS, Definition: {StartAt: A}, Logging: {Level: ALL}, Tracing: {Enabled: true}, Policies: [{StepFunctionsExecutionPolicy: {StateMachineName: '*'}}, AdministratorAccess]}}\n",
            &[
                &format!(
                    "SRole IAM::Role {{AssumeRolePolicyDocument: {trust}, ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AdministratorAccess\", \"arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess\"], \
                     Policies: [{{PolicyDocument: {{Statement: [{{Action: [\"states:StartExecution\"], Effect: \"Allow\", Resource: [?parameter(AWS::Partition, AWS::Region, AWS::AccountId)!]}}], Version: \"2012-10-17\"}}, PolicyName: \"SRolePolicy0\"}}], Tags: {tags}}}"
                ),
                &format!(
                    "S StepFunctions::StateMachine {{DefinitionString: ?expression(AWS::Serverless), LoggingConfiguration: {{Level: \"ALL\"}}, RoleArn: ?reference(SRole)!, StateMachineType: \"EXPRESS\", Tags: {tags}, TracingConfiguration: {{Enabled: true}}}}"
                ),
            ],
        ),
    ]);
    let input = load_files(
        &[
            (
                "main.yaml",
                "Transform: AWS::Serverless-2016-10-31\nResources:\n  App: {Type: AWS::Serverless::Application, Properties: {Location: ./app.yaml, Parameters: {Name: x}}}\n",
            ),
            (
                "app.yaml",
                "Parameters: {Name: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}\n",
            ),
        ],
        &InputContext::default(),
    );
    assert_eq!(complaints(&input), [""; 0]);
    assert_eq!(listing(&input)[1], "App/Q SQS::Queue {QueueName: \"x\"}");
}

#[test]
fn what_is_not_expanded_is_unknown_and_said() {
    let rows = [
        (
            "  G: {Type: AWS::Serverless::GraphQLApi, Properties: {Auth: {Type: API_KEY}}}\n",
            "G Serverless::GraphQLApi ?expression(AWS::Serverless)",
            "CFN021 what `G` of type `AWS::Serverless::GraphQLApi` becomes is not known",
        ),
        (
            "  A: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}}\n",
            "A CloudFormation::Stack ?expression(AWS::Serverless)",
            "CFN021 the resources of application `A` are not seen",
        ),
        (
            "  F: {Type: AWS::Serverless::Function, Properties: !If [IsProd, {Timeout: 1}, {Timeout: 2}]}\n",
            "F Lambda::Function ?expression(AWS::Serverless)",
            "CFN021 the properties of `F` are no written mapping and stay unknown",
        ),
        (
            "  T: {Type: AWS::Serverless::SimpleTable, Connectors: {C: {Properties: {}}}}\n",
            "T DynamoDB::Table {AttributeDefinitions: [{AttributeName: \"id\", AttributeType: \"S\"}], BillingMode: \"PAY_PER_REQUEST\", KeySchema: [{AttributeName: \"id\", KeyType: \"HASH\"}]}",
            "CFN021 the connectors of `T` are not expanded",
        ),
    ];
    for (resources, expected, complaint) in rows {
        let input = read(resources);
        assert_eq!(listing(&input), [expected], "{resources}");
        assert_eq!(complaints(&input), [complaint], "{resources}");
    }
    let undeclared = load(
        "Resources: {T: {Type: AWS::Serverless::SimpleTable}}\n",
        &InputContext::default(),
    );
    assert_eq!(
        complaints(&undeclared),
        ["CFN021 serverless resources need the transform `AWS::Serverless-2016-10-31`"]
    );
    assert_eq!(&*undeclared.resources[0].native_type, "AWS::DynamoDB::Table");
}

#[test]
fn references_to_what_the_transform_makes() {
    let input = read(
        "  F: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live, Events: {E: {Type: Api, Properties: {Path: /, Method: get}}}}}
  A: {Type: AWS::Serverless::Api, Properties: {StageName: s}}
  R: {Type: X, Properties: {Role: !GetAtt FRole.Arn, Alias: !Ref F.Alias, Stage: !Ref AsStage, Dotted: !Sub '${A.Stage}', Rest: !Ref ServerlessRestApi, Made: !Ref FEPermissionProd, Typo: !Ref Fubar, Wrong: !Ref Nowhere}}
",
    );
    assert_eq!(
        complaints(&input),
        ["CFN006 `Ref` names `Nowhere`, which is neither a parameter nor a resource of the template"]
    );
    let r = input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == "R")
        .unwrap();
    let targets: Vec<&str> = r
        .references
        .iter()
        .map(|reference| reference.targets[0].as_str())
        .collect();
    assert_eq!(targets, ["FRole", "AsStage", "A", "ServerlessRestApi"]);
}

#[test]
fn places_are_those_of_what_was_written() {
    let input = read(
        "  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - AdministratorAccess
        - Statement: [{Effect: Allow, Action: '*', Resource: '*'}]
      Tags: {Owner: a}
",
    );
    let role = &input.resources[0].origin;
    let at = |path: &str| {
        let span = role.locate(&AttributePath::parse(path).unwrap()).unwrap();
        span.source()
            .line(span.location().line)
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(at("ManagedPolicyArns[1]"), "- AdministratorAccess");
    assert_eq!(
        at("Policies[0].PolicyDocument.Statement[0].Action"),
        "- Statement: [{Effect: Allow, Action: '*', Resource: '*'}]"
    );
    assert_eq!(at("AssumeRolePolicyDocument"), "F:");
    assert_eq!(at("Tags[1].Value"), "Tags: {Owner: a}");
    assert_eq!(
        role.block.as_ref().unwrap().location().to_string(),
        "template.yaml:8:3"
    );
}

#[test]
fn broken_serverless_templates_are_read() {
    for body in [
        "text",
        "[a]",
        "{Type: AWS::Serverless::Function, Properties: text}",
        "{Type: AWS::Serverless::Api, Properties: [a]}",
        "{Type: AWS::Serverless::Function, Properties: {Events: text, Tags: text, Policies: 7, VpcConfig: x, DeadLetterQueue: x, EventInvokeConfig: x, FunctionUrlConfig: x, CodeUri: [x], Role: [x]}}",
        "{Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: x, Tags: [a]}}",
        "{Type: AWS::Serverless::StateMachine, Properties: {Tracing: x, Events: [a], DefinitionUri: 3}}",
        "{Type: AWS::Serverless::Application}",
        "{Type: AWS::Serverless::HttpApi, Properties: {Tags: x, Domain: x, StageName: [a]}}",
    ] {
        let input = read(&format!("  A: {body}\n  Z: {{Type: Z}}\n"));
        assert_eq!(
            listing(&input).last().map(String::as_str),
            Some("Z Z {}"),
            "{body}"
        );
    }
    let globals = load(
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: text, Api: {Name: x}}\nResources: {F: {Type: AWS::Serverless::Function}}\n",
        &InputContext::default(),
    );
    assert_eq!(
        complaints(&globals),
        ["CFN002 `Function` of `Globals` is no mapping of properties"]
    );
}
