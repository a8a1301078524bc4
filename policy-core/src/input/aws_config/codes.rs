//! Diagnostic codes of the AWS Config and Cloud Control readers.

use crate::diagnostic::codes;

codes! {
    AWC001: Error, "no configuration item in the input",
        "The input looks like AWS Config, but holds no configuration item: a scheduled rule event, an empty answer, or an \
         event of another kind. Give a configuration snapshot or history, the output of `aws configservice \
         get-resource-config-history` or `batch-get-resource-config`, or a rule event for a configuration change.";
    AWC002: Error, "a configuration item cannot be read",
        "Every item needs a `resourceType`, and a `resourceId` or an ARN. The other items are evaluated, and the run stays \
         undecided because this one was not. In an advanced query, select `resourceId`, `resourceType`, `accountId` and \
         `awsRegion` beside the columns you are interested in.";
    AWC003: Error, "the configuration of an item cannot be read",
        "`configuration` and `supplementaryConfiguration` are objects, or texts that hold one as JSON, as the API gives \
         them. This one is neither, so its values are unknown.";
    AWC004: Error, "two items of one resource contradict each other",
        "A history holds several items of a resource, and the newest one counts, by `configurationItemCaptureTime` and \
         `configurationStateId`. Neither tells which of these two is newer. The first one is evaluated.";
    AWC005: Warning, "the status of a configuration item is not known",
        "Known are OK, ResourceDiscovered, ResourceNotRecorded, ResourceDeleted and ResourceDeletedNotRecorded. What another \
         status says of the values is not known, so they are treated as not recorded.";
    AWC006: Info, "older items of the same resources are not evaluated",
        "The newest item of each resource says what is; the ones before it say what was.";
    AWC007: Error, "the answer of AWS Config is incomplete",
        "The answer says that there is more: a next token, or resources that were asked for and not delivered. What is not in \
         the file is not evaluated. Ask again for all pages (`aws configservice` does unless `--max-items` or \
         `--no-paginate` is given) and for the keys that were not processed.";
    AWC008: Warning, "the values of a resource are not recorded",
        "AWS Config does not record this type, or the item was too large for the notification and only its summary is here. \
         Nothing is known of the values, so controls that read them are `unknown`, never `pass`. Record the type, or fetch \
         the whole item with `aws configservice get-resource-config-history`.";
    AWC009: Error, "the compressed file cannot be read",
        "The file begins like gzip, which is how AWS Config delivers snapshots and histories, but it is damaged or cut off. \
         Fetch it again; `gzip -t FILE` tests it.";
    AWC010: Error, "the compressed file is too large",
        "A small compressed file can expand without bound, so no more than 1 GiB is read from one. Split the file.";
}
