//! Codes for evidence logs.

use crate::diagnostic::codes;

codes! {
    EVD000: Error, "an evidence log cannot be read",
        "Every line of an evidence log is one JSON record of schema version 1, with at least an id, a type, a control, a status and a source.

bad:
  {\"controlId\": \"DP-ENC-001\", \"status\": \"pass\"}

good:
  {\"schemaVersion\": 1, \"id\": \"ev_1\", \"type\": \"manual\", \"controlId\": \"DP-ENC-001\", \"status\": \"pass\", \"source\": {\"system\": \"ticketing\", \"class\": \"manual\"}, \"seq\": 0, \"prev\": null}";
    EVD001: Error, "an evidence log was changed",
        "Each line carries its number and the hash of the line before it. A line that was edited, dropped, moved or added in between breaks that; a log that was cut off or written anew is found with a checkpoint that was kept elsewhere (`policy evidence verify --checkpoint`).

bad (the second line was removed):
  {\"seq\": 0, \"prev\": null}
  {\"seq\": 2, \"prev\": \"<hash of the removed line>\"}

good:
  {\"seq\": 0, \"prev\": null}
  {\"seq\": 1, \"prev\": \"<hash of line 0>\"}";
    EVD010: Warning, "manual evidence is not versioned",
        "A document that somebody collected by hand can be exchanged afterwards. Its digest says which version was looked at.

bad:
  {\"source\": {\"class\": \"manual\", \"query\": \"https://tickets.example.com/REV-7\"}, \"subject\": null}

good:
  {\"source\": {\"class\": \"manual\", \"query\": \"https://tickets.example.com/REV-7\"}, \"subject\": {\"sha256\": \"<digest of the document>\"}}";
    EVD011: Warning, "manual evidence is not linked",
        "Evidence leads back to what it was taken from (`source.query`: a link or a query) and to a control of the catalog. A screenshot that belongs to nothing proves nothing.

bad:
  {\"source\": {\"system\": \"screenshot\", \"class\": \"manual\", \"query\": null}}

good:
  {\"source\": {\"system\": \"ticketing\", \"class\": \"manual\", \"query\": \"https://tickets.example.com/REV-7\"}}";
    EVD012: Warning, "manual evidence was not reviewed",
        "Nobody but its author looked at it. Manual evidence is the most expensive kind and the easiest to get wrong; a second person says that it shows what it is said to show.

bad:
  {\"source\": {\"class\": \"manual\"}, \"reviewedBy\": null}

good:
  {\"source\": {\"class\": \"manual\"}, \"reviewedBy\": \"rina@example.com\"}";
    EVD020: Warning, "evidence does not reach back as far as it has to",
        "The control says how long evidence is kept (`evidence.retentionDays`), and the oldest record about it is younger. Either the control is young, or evidence was deleted too early.

bad (looked at on 2026-11-20, `retentionDays: 365`):
  {\"controlId\": \"DP-ENC-001\", \"observedFrom\": \"2026-10-01\"}

good:
  {\"controlId\": \"DP-ENC-001\", \"observedFrom\": \"2025-10-01\"}";
}
