//! `AWS::Serverless`: APIs, and what events of functions ask for.

use super::serverless::{BASIC, HEAD, complaints, property_of, read, table};
use super::*;

#[test]
fn apis_and_their_stages() {
    table(&[
        (
            "  A: {Type: AWS::Serverless::Api, Properties: {StageName: live, Name: n, TracingEnabled: true, EndpointConfiguration: {Type: PRIVATE, VPCEndpointIds: [v]}, AccessLogSetting: {DestinationArn: d}, MethodSettings: [{LoggingLevel: INFO}], CacheClusterEnabled: true, Tags: {a: b}, Cors: '*', DefinitionBody: {paths: {}}}}\n",
            &[
                "A ApiGateway::RestApi {Body: ?expression(AWS::Serverless), EndpointConfiguration: {Types: [\"PRIVATE\"], VpcEndpointIds: [\"v\"]}, Name: \"n\"}",
                "AliveStage ApiGateway::Stage {AccessLogSetting: {DestinationArn: \"d\"}, CacheClusterEnabled: true, DeploymentId: ?expression(AWS::Serverless), MethodSettings: [{LoggingLevel: \"INFO\"}], RestApiId: ?reference(A)!, StageName: \"live\", Tags: [{Key: \"a\", Value: \"b\"}], TracingEnabled: true}",
            ],
        ),
        // A resource policy is in the definition, so that nobody knows it here.
        (
            "  A: {Type: AWS::Serverless::Api, Properties: {StageName: !Ref Env, EndpointConfiguration: REGIONAL, Auth: {ResourcePolicy: {CustomStatements: []}}}}\n",
            &[
                "A ApiGateway::RestApi {EndpointConfiguration: {Types: [\"REGIONAL\"]}, Policy: ?expression(AWS::Serverless)}",
                "AStage ApiGateway::Stage {DeploymentId: ?expression(AWS::Serverless), RestApiId: ?reference(A)!, StageName: ?parameter(Env)! {\"dev\" | \"prod\"}}",
            ],
        ),
        (
            "  A: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {DefaultAuthorizer: AWS_IAM}, Domain: {DomainName: api.example.com, CertificateArn: c, SecurityPolicy: TLS_1_2, BasePath: [x]}}}\n",
            &[
                "A ApiGateway::RestApi {}",
                "AsStage ApiGateway::Stage {DeploymentId: ?expression(AWS::Serverless), RestApiId: ?reference(A)!, StageName: \"s\"}",
                "ApiGatewayDomainNamed0c43d3885 ApiGateway::DomainName {DomainName: \"api.example.com\", EndpointConfiguration: {Types: [\"REGIONAL\"]}, RegionalCertificateArn: \"c\", SecurityPolicy: \"TLS_1_2\"}",
            ],
        ),
        (
            "  H: {Type: AWS::Serverless::HttpApi}\n",
            &[
                "H ApiGatewayV2::Api {Tags: {httpapi:createdBy: \"SAM\"}}",
                "HApiGatewayDefaultStage ApiGatewayV2::Stage {ApiId: ?reference(H)!, AutoDeploy: true, StageName: \"$default\", Tags: {httpapi:createdBy: \"SAM\"}}",
            ],
        ),
        (
            "  H: {Type: AWS::Serverless::HttpApi, Properties: {StageName: live, AccessLogSettings: {DestinationArn: d}, DefaultRouteSettings: {ThrottlingBurstLimit: 5}, Tags: {a: b}, DisableExecuteApiEndpoint: true}}\n",
            &[
                "H ApiGatewayV2::Api {DisableExecuteApiEndpoint: true, Tags: {a: \"b\", httpapi:createdBy: \"SAM\"}}",
                "HliveStage ApiGatewayV2::Stage {AccessLogSettings: {DestinationArn: \"d\"}, ApiId: ?reference(H)!, AutoDeploy: true, DefaultRouteSettings: {ThrottlingBurstLimit: 5}, StageName: \"live\", Tags: {a: \"b\", httpapi:createdBy: \"SAM\"}}",
            ],
        ),
    ]);
}

#[test]
fn implicit_apis() {
    let api = |conditions: [&str; 2]| {
        let [first, second] = conditions;
        let event =
            "Properties: {Events: {E: {Type: Api, Properties: {Path: /, Method: get}}, H: {Type: HttpApi}}}";
        let text = format!(
            "{}Globals: {{Api: {{TracingEnabled: true}}, HttpApi: {{AccessLogSettings: {{DestinationArn: d}}}}}}\nResources:\n  F: {{Type: AWS::Serverless::Function{first}, {event}}}\n  G: {{Type: AWS::Serverless::Function{second}, {event}}}\n",
            HEAD.replace(
                "Conditions:\n",
                "Conditions:\n  IsDev: !Equals [!Ref Env, dev]\n  Never: !Equals [a, b]\n"
            )
        );
        let input = load(&text, &InputContext::default());
        assert_eq!(complaints(&input), [""; 0]);
        let found = input
            .resources
            .iter()
            .filter(|resource| resource.id.as_str().starts_with("Serverless"))
            .map(|resource| {
                (
                    resource.id.as_str().to_owned(),
                    resource.condition.as_deref().map(str::to_owned),
                )
            });
        found.collect::<Vec<_>>()
    };
    let all = |rest: Option<&str>, http: Option<&str>| {
        vec![
            ("ServerlessRestApi".to_owned(), rest.map(str::to_owned)),
            ("ServerlessRestApiProdStage".to_owned(), rest.map(str::to_owned)),
            ("ServerlessHttpApi".to_owned(), http.map(str::to_owned)),
            (
                "ServerlessHttpApiApiGatewayDefaultStage".to_owned(),
                http.map(str::to_owned),
            ),
        ]
    };
    assert_eq!(api(["", ""]), all(None, None));
    assert_eq!(api(["", ", Condition: IsProd"]), all(None, None));
    assert_eq!(
        api([", Condition: IsProd", ", Condition: IsProd"]),
        all(Some("IsProd"), Some("IsProd"))
    );
    // One of them is always there, or never.
    assert_eq!(
        api([", Condition: IsProd", ", Condition: IsDev"]),
        all(None, None)
    );
    assert_eq!(api([", Condition: Never", ", Condition: Never"]), vec![]);
    assert_eq!(
        api([", Condition: Never", ", Condition: IsProd"]),
        all(
            Some("a function for ServerlessRestApi"),
            Some("a function for ServerlessHttpApi")
        )
    );
    let input = read(
        "  F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api, Properties: {RestApiId: !Ref A}}}}}\n  A: {Type: AWS::Serverless::Api, Properties: {StageName: s}}\n",
    );
    assert!(!listing(&input).iter().any(|line| line.starts_with("Serverless")));
}

#[test]
fn a_resource_policy_on_an_event_is_one_of_the_api() {
    let event = |api: &str| {
        read(&format!(
            "  F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{E: {{Type: Api, Properties: {{{api}Auth: {{ResourcePolicy: {{CustomStatements: []}}}}}}}}}}}}}}\n  A: {{Type: AWS::Serverless::Api, Properties: {{StageName: s}}}}\n"
        ))
    };
    let implicit = event("");
    assert_eq!(
        property_of(&implicit, "ServerlessRestApi", "Policy"),
        "?expression(AWS::Serverless)"
    );
    assert_eq!(complaints(&implicit), [""; 0]);
    let explicit = event("RestApiId: !Ref A, ");
    assert_eq!(
        complaints(&explicit),
        ["CFN021 the resource policy that event `E` of `F` gives its API is not expanded"]
    );
}

#[test]
fn events_change_the_role() {
    let role = |event: &str| {
        let input = read(&format!(
            "  F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{E: {event}}}}}}}\n"
        ));
        let managed = property_of(&input, "FRole", "ManagedPolicyArns")
            .replace(BASIC, "")
            .replace(", ", "");
        (
            managed,
            property_of(&input, "FRole", "Policies"),
            complaints(&input),
        )
    };
    for (kind, policy) in [
        ("SQS", "AWSLambdaSQSQueueExecutionRole"),
        ("Kinesis", "AWSLambdaKinesisExecutionRole"),
        ("DynamoDB", "AWSLambdaDynamoDBExecutionRole"),
        ("MSK", "AWSLambdaMSKExecutionRole"),
    ] {
        let expected = (
            format!("[\"arn:aws:iam::aws:policy/service-role/{policy}\"]"),
            "absent".to_owned(),
            vec![],
        );
        assert_eq!(
            role(&format!("{{Type: {kind}, Properties: {{Stream: s}}}}")),
            expected
        );
    }
    for kind in [
        "S3",
        "SNS",
        "Schedule",
        "ScheduleV2",
        "EventBridgeRule",
        "CloudWatchEvent",
        "CloudWatchLogs",
        "IoTRule",
        "AlexaSkill",
        "Cognito",
    ] {
        assert_eq!(
            role(&format!("{{Type: {kind}}}")),
            ("[]".to_owned(), "absent".to_owned(), vec![])
        );
    }
    let unknown = "[?expression(AWS::Serverless)]".to_owned();
    assert_eq!(
        role("{Type: MQ}"),
        (
            "[]".to_owned(),
            unknown,
            vec!["CFN021 what event `E` of type `MQ` lets the role of `F` do is not expanded".to_owned()]
        )
    );
    assert_eq!(
        role("{Type: SNS, Properties: {SqsSubscription: true}}").2,
        ["CFN021 the queue that event `E` of `F` makes is not expanded"]
    );
    assert_eq!(
        role("{Type: Telegram}").2,
        ["CFN021 event `E` of `F` has the type `Telegram`, which is not known"]
    );
}
