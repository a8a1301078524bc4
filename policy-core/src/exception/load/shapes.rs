//! The fields of an exception record and of everything nested in it.

use super::super::codes;
use crate::document::{FieldCodes, Shape};

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::EXC000,
    missing: &codes::EXC000,
    invalid: &codes::EXC000,
};

/// The keys that change while a record lives and are therefore not part of what an approver signs.
pub(super) const SHARED_KEYS: &[&str] = &["approval", "review", "closure", "revocation"];

/// Where the fields of nested mappings belong, for files that lost their indentation.
const NESTED: &[(&str, &[&str])] = &[
    (
        "scope",
        &[
            "resources",
            "accounts",
            "regions",
            "environments",
            "workloads",
            "tags",
            "fields",
            "expect",
        ],
    ),
    ("approval", &["requestedBy", "requestedOn", "approvals"]),
    ("review", &["cadence", "lastReviewedOn", "lastReviewedBy"]),
    ("closure", &["criteria", "closedOn"]),
    ("risk", &["severity", "statement"]),
];

pub(super) static RECORD: Shape = Shape {
    what: "an exception",
    fields: &[
        "schemaVersion",
        "id",
        "controlId",
        "title",
        "category",
        "scope",
        "owner",
        "reason",
        "risk",
        "compensatingControls",
        "approval",
        "effectiveFrom",
        "expiresOn",
        "review",
        "evidence",
        "detection",
        "closure",
        "revocation",
        "supersedes",
        "state",
    ],
    elsewhere: NESTED,
    codes: &CODES,
};

pub(super) static SCOPE: Shape = Shape {
    what: "the `scope` of an exception",
    fields: &[
        "resources",
        "accounts",
        "regions",
        "environments",
        "workloads",
        "tags",
        "fields",
        "expect",
    ],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static EXPECT: Shape = Shape {
    what: "an element of `scope.expect`",
    fields: &["path", "equals"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static RISK: Shape = Shape {
    what: "the `risk` of an exception",
    fields: &["severity", "statement"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static COMPENSATING: Shape = Shape {
    what: "a compensating control",
    fields: &["description", "controlId", "evidence"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static APPROVAL: Shape = Shape {
    what: "the `approval` of an exception",
    fields: &["requestedBy", "requestedOn", "approvals"],
    elsewhere: &[(
        "approvals",
        &["by", "role", "on", "decision", "reference", "approves"],
    )],
    codes: &CODES,
};

pub(super) static DECISION: Shape = Shape {
    what: "an approval",
    fields: &["by", "role", "on", "decision", "reference", "approves"],
    elsewhere: &[("approves", &["sha256"])],
    codes: &CODES,
};

pub(super) static APPROVES: Shape = Shape {
    what: "the `approves` of an approval",
    fields: &["sha256"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static REVIEW: Shape = Shape {
    what: "the `review` of an exception",
    fields: &["cadence", "lastReviewedOn", "lastReviewedBy"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static EVIDENCE: Shape = Shape {
    what: "an evidence link",
    fields: &["link", "sha256"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static CLOSURE: Shape = Shape {
    what: "the `closure` of an exception",
    fields: &["criteria", "closedOn", "by", "reason"],
    elsewhere: &[],
    codes: &CODES,
};

pub(super) static REVOCATION: Shape = Shape {
    what: "the `revocation` of an exception",
    fields: &["on", "by", "reason"],
    elsewhere: &[],
    codes: &CODES,
};
