"""Every bound in one table, unit last, with the source of each number.

No literal limit stands elsewhere. Sources: *X-Ray* is what AWS documents or what its
service was recorded doing; *ours* is a choice for people who run Fluoro themselves
(docs/differences.md says where the two differ).
"""

DOCUMENTS_PER_CALL_MAX = 50
"""X-Ray: `Exceeding maximum segment count: 50`."""

DOCUMENT_BYTES_MAX = 256 * 1024
"""Ours. X-Ray documents 64 KB and was recorded taking 66.2 kB."""

REQUEST_BYTES_MAX = 16 * 1024 * 1024
"""Ours: fifty documents of the largest size, and their escapes, fit in it."""

DATAGRAM_BYTES_MAX = 65_535
"""The largest UDP payload; senders are capped at 65,507."""

SUBSEGMENT_DEPTH_MAX = 64
"""Ours: how deep embedded subsegments may nest."""

NAME_LENGTH_MAX = 200
"""X-Ray: longer names are cut, not refused."""

TIME_SECONDS_MAX = 1e11
"""Ours: the year 5138; beyond it a time is no time (and overflows microseconds)."""

TIMESTAMP_SECONDS_MAX = 9_000_000_000_000
"""Ours, of a request's times: as microseconds they fit 64 bits. A client's milliseconds
are below it (docs/differences.md: odd sampling clients)."""

ANNOTATION_KEY_LENGTH_MAX = 500
"""X-Ray's segment document schema."""

TRACES_PER_CALL_MAX = 5
"""X-Ray: `Exceeding maximum query size: 5` from BatchGetTraces."""

RETENTION_DAYS = 30
"""X-Ray, counted from receipt. A setting here."""

SPOOL_DOCUMENTS_MAX = 200_000
"""Ours: documents taken in but not yet in the store; past it callers get 429."""

DATAGRAM_RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024
"""Ours: the socket buffer asked for, about half a second of 40,000 datagrams/s."""

FOLDED_DEPTH_MAX = 100
"""Ours: how deep subsegments are answered nested, so that clients can parse them."""

RECEIPT_GAP_US = 1_000
"""Ours: documents stamped closer than this count as one receipt (`Revision`)."""

SAMPLING_RULES_MAX = 1_000
"""Ours. X-Ray allows 25 custom rules a region. A setting."""

GROUPS_MAX = 1_000
"""Ours. X-Ray allows 25 groups, `Default` among them. A setting."""

TAGS_PER_RESOURCE_MAX = 50
"""X-Ray: `The resultant tag set must not have more than 50 user tags.`"""

POLICIES_MAX = 5
"""X-Ray: resource policies of an account in a region."""

POLICY_BYTES_MAX = 5 * 1024
"""X-Ray: the text of one resource policy."""

FILTER_LENGTH_MAX = 10_000
"""Ours. X-Ray documented 2,000 characters once; a root cause as JSON needs more."""

FILTER_DEPTH_MAX = 50
"""Ours: how deep parentheses, braces and `!` may nest."""

EXPANDED_DEPTH_MAX = 2 * FILTER_DEPTH_MAX + 2
"""Ours: how deep AND, OR, `!` and groups nest in an expression and the groups it names.
Each of the parentheses of a text may hold an OR of ANDs: what parses fits."""

FILTER_TERMS_MAX = 200
"""Ours: comparisons in an expression, those of the groups it names included."""

SELECTOR_LENGTH_MAX = 500
"""X-Ray's model of EntitySelectorExpression."""

SEARCH_PAGE_TRACES_MAX = 100
"""Ours: traces in a page of GetTraceSummaries."""

SEARCH_SECONDS_MAX = 10.0
"""Ours: how long one page of a search may take before it ends where it is."""

SEARCH_TRACES_MAX = 200_000
"""Ours: candidates one page may look at in whole before it ends where it is."""

SEARCH_CANDIDATES_MAX = 2_000
"""Ours: candidates that one statement looks at, so that its memory is bounded."""

FORWARD_DOCUMENTS_MAX = 50_000
"""Ours: documents that wait to be forwarded; further ones are not."""

FORWARD_SECONDS_MAX = 300.0
"""Ours: how long a call that a target does not take is tried again."""

SPANS_PER_REQUEST_MAX = 10_000
"""X-Ray's OTLP endpoint: spans in one export request."""

SPAN_BYTES_MAX = 200 * 1024
"""X-Ray's OTLP endpoint: one span as protobuf."""

OTLP_REQUEST_BYTES_MAX = 16 * 1024 * 1024
"""Ours, of the uncompressed body. X-Ray's OTLP endpoint takes 5 MB."""

OTLP_VALUE_DEPTH_MAX = 30
"""How deep key-value lists in JSON may nest: protobuf's parsers read 100 messages."""

SPAN_ANNOTATIONS_MAX = 50
"""X-Ray indexes 50 annotations a trace; here a span's further ones are metadata."""

ANNOTATION_VALUE_LENGTH_MAX = 1000
"""X-Ray's segment document schema; a span's longer texts become metadata."""

STACK_FRAMES_MAX = 100
"""Ours: frames kept of one exception; X-Ray's SDKs keep 32 or 50."""

SCANNED_EXACTLY_MAX = 1_000
"""Ours: beyond it TracesProcessedCount is of root segments, not of traces."""

SCANNED_SAMPLED_MIN = 10_000
"""Ours: beyond it TracesProcessedCount is an estimate from samples of the window."""

SCANNED_LISTED_MAX = 20_000
"""Ours: so many traces are listed by their times to count those of a page."""

CAUSES_AT_ONCE_MAX = 250
"""Ours: traces whose root causes are derived together for a group's members."""

CLIMB_DEPTH_MAX = 128
"""Ours: parents that searches and graphs follow from an independent subsegment up."""

PARTIAL_SCAN_SECONDS_MAX = 1.0
"""Ours: how long a page may take with the sampling strategy PartialScan."""

OBSERVED_SECONDS = 24 * 3600
"""Ours: how far back completion looks for values where no time is given."""

OBSERVED_ROWS_MAX = 300_000
"""Ours: segments and subsegments that completion looks at for one list."""

OBSERVED_VALUES_MAX = 50
"""Ours: values in one list of completions."""

LINKING_TRACES_MAX = 100
"""Ours: traces listed as linking to one; X-Ray lists 100 links a service."""
