//! Every fault by name. What each does on the wire is in `handshake.rs`, `delivery.rs`, `content.rs` and their siblings.

/// What a client that makes no mistake experiences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The good answer, in an unusual form.
    Answer,
    /// The good answer, but so slowly that a deadline of a few seconds passes first.
    Late,
    /// Nothing more ever comes; the client's own deadline ends it.
    Stall,
    /// The connection breaks before the answer is whole.
    Lost,
    /// The API's JSON with an `Error` in it.
    Refusal,
    /// HTTP 408, 421, 425, 429 or 5xx without the API's JSON.
    Unavailable,
    /// Something that is not the API's answer.
    Nonsense,
    /// On the border: a client may take it or refuse it, but must neither hang nor crash.
    Either,
}

impl Effect {
    pub fn name(self) -> &'static str {
        match self {
            Effect::Answer => "answer",
            Effect::Late => "late",
            Effect::Stall => "stall",
            Effect::Lost => "lost",
            Effect::Refusal => "refusal",
            Effect::Unavailable => "unavailable",
            Effect::Nonsense => "nonsense",
            Effect::Either => "either",
        }
    }
}

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Instead of the TLS handshake; on a plain HTTP port instead of serving the connection.
    Handshake,
    /// After a request was read: how the good answer is brought, or not.
    Delivery,
    /// After a request was read: other content in place of the good answer, or around it.
    Content,
}

macro_rules! faults {
    ($($variant:ident $name:literal $stage:ident $effect:ident $description:literal)*) => {
        /// A misbehaviour of the server.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault { $(#[doc = $description] $variant,)* }

        impl Fault {
            /// All of them, in the order of `--list-faults`.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant,)*];

            /// The name used in scripts and on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name,)* }
            }

            pub fn stage(self) -> Stage {
                match self { $(Fault::$variant => Stage::$stage,)* }
            }

            pub fn effect(self) -> Effect {
                match self { $(Fault::$variant => Effect::$effect,)* }
            }

            pub fn description(self) -> &'static str {
                match self { $(Fault::$variant => $description,)* }
            }
        }
    };
}

faults! {
    HandshakeStall "handshake_stall" Handshake Stall "the connection is accepted, its first bytes are never answered"
    HandshakeDrip "handshake_drip" Handshake Late "a good handshake, one byte every 50 ms (plain HTTP: no effect)"
    HandshakeReset "handshake_reset" Handshake Lost "reset after the first bytes of the handshake"
    HandshakeClose "handshake_close" Handshake Lost "closed in order after the first bytes of the handshake"
    HandshakeAlert "handshake_alert" Handshake Lost "the TLS alert handshake_failure"
    HandshakeAlertInternal "handshake_alert_internal" Handshake Lost "the TLS alert internal_error, as of a gateway that restarts"
    HandshakeRefusesResumption "handshake_refuses_resumption" Handshake Answer "handshake_failure for each handshake that offers a session ticket (TLS 1.2) or a pre-shared key (TLS 1.3), a good handshake for all others (plain HTTP: no effect)"
    HandshakeStallsResumption "handshake_stalls_resumption" Handshake Answer "silence for each handshake that offers a session ticket or a pre-shared key, a good handshake for all others (plain HTTP: no effect)"
    HandshakeWantsCertificate "handshake_wants_certificate" Handshake Lost "the server requires a client certificate (plain HTTP: no effect)"
    HandshakeGarbage "handshake_garbage" Handshake Lost "bytes that are neither TLS nor HTTP, then closed"
    HandshakePlainHttp "handshake_plain_http" Handshake Lost "a plain-text HTTP 400 where a handshake is expected, then closed"

    StallReply "stall_reply" Delivery Stall "the request is read and never answered"
    StallInHead "stall_in_head" Delivery Stall "half of the headers, then nothing"
    StallInBody "stall_in_body" Delivery Stall "the headers and half of the body, then nothing"
    DripHead "drip_head" Delivery Late "the headers one byte every 50 ms, then the body"
    DripBody "drip_body" Delivery Late "the headers, then the body one byte every 50 ms"
    ResetBeforeFirstByte "reset_before_first_byte" Delivery Lost "reset once the request is read"
    ResetAfterFirstByte "reset_after_first_byte" Delivery Lost "one byte of the answer, then a reset"
    ResetInBody "reset_in_body" Delivery Lost "the headers and half of the body, then a reset"
    CloseBeforeFirstByte "close_before_first_byte" Delivery Lost "closed in order (TLS: close_notify) once the request is read"
    CutBeforeFirstByte "cut_before_first_byte" Delivery Lost "closed without TLS's close_notify once the request is read"
    CloseInHead "close_in_head" Delivery Lost "half of the headers, then closed in order"
    CloseInBody "close_in_body" Delivery Lost "the headers and half of the promised Content-Length, then closed in order"
    CutInBody "cut_in_body" Delivery Lost "the headers and half of the promised Content-Length, then closed without close_notify"
    CloseAtUse "close_at_use" Delivery Lost "a kept connection is closed when the next request arrives on it; a connection's first request is answered well"
    ResetAtUse "reset_at_use" Delivery Lost "a kept connection is reset when the next request arrives on it; a connection's first request is answered well"
    StallAtUse "stall_at_use" Delivery Stall "the next request on a kept connection is read and never answered; a connection's first request is answered well"
    CloseAfterReply "close_after_reply" Delivery Answer "a good answer that announces keep-alive, and the connection is closed right after it"
    ResetAfterReply "reset_after_reply" Delivery Answer "a good answer that announces keep-alive, and the connection is reset 30 ms after it"
    ConnectionClose "connection_close" Delivery Answer "a good answer with Connection: close, then closed"
    NoLengthThenClose "no_length_then_close" Delivery Answer "no Content-Length; the orderly end of the connection ends the body"
    NoLengthThenCut "no_length_then_cut" Delivery Either "no Content-Length, and the connection ends without close_notify: over TLS it could have been cut short"
    Http10 "http_10" Delivery Answer "an HTTP/1.0 answer with Content-Length, then closed"
    Chunked "chunked" Delivery Answer "the body in several good chunks, with an extension and a trailer"
    ChunkedCutShort "chunked_cut_short" Delivery Lost "chunks, closed before the last one"
    ChunkedMalformed "chunked_malformed" Delivery Nonsense "a chunk whose size is not a number"
    ChunkSizePadded "chunk_size_padded" Delivery Answer "a chunk size of 32 digits, most of them leading zeros"
    ChunkExtensionLong "chunk_extension_long" Delivery Answer "a chunk with an extension of 1,000 bytes"
    ChunkSizePlus "chunk_size_plus" Delivery Nonsense "a chunk size with a plus sign"
    LowerCaseHeaders "lower_case_headers" Delivery Answer "header names in lower case"
    UpperCaseHeaders "upper_case_headers" Delivery Answer "header names in capitals"
    OneByteRecords "one_byte_records" Delivery Answer "the whole answer in pieces of one byte, without a pause"
    Http100First "http_100_first" Delivery Answer "an HTTP 100 before the answer"
    Http100WithHeader "http_100_with_header" Delivery Answer "an HTTP 100 with a header field before the answer"
    Http102First "http_102_first" Delivery Answer "two HTTP 102 before the answer"
    Http103First "http_103_first" Delivery Answer "an HTTP 103 with a Link header before the answer"
    EndlessInformational "endless_informational" Delivery Nonsense "HTTP 102 again and again, at most 64 MiB"
    EndlessBody "endless_body" Delivery Nonsense "a body of 10 GB is announced; sent until the client closes, at most 64 MiB"
    EndlessChunks "endless_chunks" Delivery Nonsense "chunks without end, at most 64 MiB"
    EndlessHead "endless_head" Delivery Nonsense "one header after another without end, at most 64 MiB"
    EndlessHeaderLine "endless_header_line" Delivery Nonsense "one header whose value never ends, at most 64 MiB"
    Headers150 "headers_150" Delivery Either "150 headers more than usual"
    Header10k "header_10k" Delivery Answer "one legal header of 10,000 bytes"
    Head100k "head_100k" Delivery Either "100,000 bytes of headers, of 1,000 each"
    LengthTwice "length_twice" Delivery Either "two Content-Length headers that contradict each other"
    LengthNoNumber "length_no_number" Delivery Either "a Content-Length that is not a number"
    LengthAndChunked "length_and_chunked" Delivery Either "chunks and a Content-Length at once"
    BytesAfterBody "bytes_after_body" Delivery Answer "stray bytes follow the announced body on a connection that is kept"
    AnswerTwice "answer_twice" Delivery Either "the whole answer once more, 30 ms after it, on a connection that is kept"
    StatusLineGarbled "status_line_garbled" Delivery Nonsense "a first line that is not HTTP's, then closed"
    DateMissing "date_missing" Delivery Answer "no Date header"
    DateGarbled "date_garbled" Delivery Answer "a Date header that is not a date"
    DateHoursOff "date_hours_off" Delivery Answer "a Date header three hours fast, whatever the clock offset"

    Date9999 "date_9999" Delivery Answer "a Date header at the end of the year 9999"
    ExpiredDate9999 "expired_date_9999" Content Refusal "AuthFailure.SignatureExpire with a Date header at the end of the year 9999"

    Http204 "http_204" Content Nonsense "HTTP 204 without a body"
    EmptyBody "empty_body" Content Nonsense "HTTP 200 with an empty body"
    Html200 "html_200" Content Nonsense "HTTP 200 with a page of HTML"
    Html404 "html_404" Content Nonsense "HTTP 404 with a page of HTML"
    Html500 "html_500" Content Unavailable "HTTP 500 with a page of HTML"
    Html502 "html_502" Content Unavailable "HTTP 502 with a page of HTML"
    Html504 "html_504" Content Unavailable "HTTP 504 with a page of HTML, as a gateway writes it"
    TextGatewayTimeout "text_gateway_timeout" Content Nonsense "HTTP 200 with the text Gateway Time-out"
    Http300 "http_300" Content Nonsense "HTTP 300 without Location"
    Http302NoLocation "http_302_no_location" Content Nonsense "HTTP 302 without Location"
    Http304 "http_304" Content Nonsense "HTTP 304 without a body"
    Http408AtUse "http_408_at_use" Content Unavailable "HTTP 408 and the end for the next request on a kept connection; a connection's first request is answered well"
    Http421AtUse "http_421_at_use" Content Unavailable "HTTP 421 for the next request on a kept connection; a connection's first request is answered well"
    Http425AtUse "http_425_at_use" Content Unavailable "HTTP 425 for the next request on a kept connection; a connection's first request is answered well"
    Http500Empty "http_500_empty" Content Unavailable "HTTP 500 without a body"
    Http501Empty "http_501_empty" Content Nonsense "HTTP 501 without a body"
    Http503Empty "http_503_empty" Content Unavailable "HTTP 503 without a body"
    Http503RetryAfter "http_503_retry_after" Content Unavailable "HTTP 503 with Retry-After: 1 and no JSON"
    Http429RetryAfterSeconds "http_429_retry_after_seconds" Content Unavailable "HTTP 429 with Retry-After: 1 and no JSON"
    Http429RetryAfterDate "http_429_retry_after_date" Content Unavailable "HTTP 429 with Retry-After: a date two seconds ahead, and no JSON"
    Http429RetryAfterHour "http_429_retry_after_hour" Content Unavailable "HTTP 429 with Retry-After: 3600 and no JSON"
    Http429RetryAfterDay "http_429_retry_after_day" Content Unavailable "HTTP 429 with Retry-After: 86400 and no JSON"
    Http429RetryAfterGarbled "http_429_retry_after_garbled" Content Unavailable "HTTP 429 with Retry-After: soon and no JSON"
    Http429Json "http_429_json" Content Refusal "HTTP 429 with Retry-After: 1 and RequestLimitExceeded as JSON"
    Http401Json "http_401_json" Content Refusal "HTTP 401 with AuthFailure.SignatureFailure as JSON"
    Http403Json "http_403_json" Content Refusal "HTTP 403 with OperationDenied.UserHasNoStrategy as JSON"
    Http500Json "http_500_json" Content Refusal "HTTP 500 with InternalError as JSON"
    Http502Json "http_502_json" Content Refusal "HTTP 502 with InternalError as JSON"
    Http503Json "http_503_json" Content Refusal "HTTP 503 with ServiceUnavailable as JSON"
    Http504Json "http_504_json" Content Refusal "HTTP 504 with InternalError as JSON"
    Redirect301 "redirect_301" Content Nonsense "HTTP 301 to a listener under another host name, which records what follows"
    Redirect302 "redirect_302" Content Nonsense "HTTP 302 to that listener"
    Redirect307 "redirect_307" Content Nonsense "HTTP 307 to that listener"
    Redirect308 "redirect_308" Content Nonsense "HTTP 308 to that listener"
    ContentTypeText "content_type_text" Content Answer "the good JSON as text/html"
    ContentTypeCharset "content_type_charset" Content Answer "the good JSON as application/json; charset=utf-8"
    ContentTypeMissing "content_type_missing" Content Answer "the good JSON without a Content-Type"
    ErrorCharset "error_charset" Content Refusal "InternalError as application/json; charset=utf-8"
    ByteOrderMark "byte_order_mark" Content Answer "a byte-order mark before the good JSON"
    BlankAroundJson "blank_around_json" Content Answer "blank space and line ends around the good JSON"
    UnknownMembers "unknown_members" Content Answer "the good JSON with members that are not documented"
    NoRequestId "no_request_id" Content Answer "the good answer without RequestId"
    RequestIdNumber "request_id_number" Content Answer "the good answer with a RequestId that is a number"
    RequestIdNull "request_id_null" Content Answer "the good answer with \"RequestId\": null"
    ErrorNull "error_null" Content Answer "the good answer with \"Error\": null in it"
    ErrorWithoutRequestId "error_without_request_id" Content Refusal "OperationDenied without RequestId"
    ErrorEmpty "error_empty" Content Either "\"Error\": {}"
    ErrorText "error_text" Content Either "an Error that is a text"
    ResponseNull "response_null" Content Nonsense "\"Response\": null"
    ResponseMissing "response_missing" Content Nonsense "the members of Response without Response around them"
    ResponseArray "response_array" Content Nonsense "a Response that is an array"
    ResponseEmpty "response_empty" Content Either "\"Response\": {}"
    TopLevelEmpty "top_level_empty" Content Nonsense "the JSON {}"
    TopLevelArray "top_level_array" Content Nonsense "a top-level array around the good JSON"
    TopLevelText "top_level_text" Content Nonsense "a JSON text"
    StatusNumber "status_number" Content Nonsense "a Status that is a number"
    InfoObject "info_object" Content Answer "an Info that is an object"
    InfoWithNul "info_with_nul" Content Answer "the good answer with Info a, NUL, b (escaped)"
    InfoChinese "info_chinese" Content Answer "the good answer with a Chinese Info and an emoji, some of it escaped"
    InfoLoneSurrogate "info_lone_surrogate" Content Answer "half of a surrogate pair, escaped, in Info"
    InfoCutInCharacter "info_cut_in_character" Content Answer "an Info that ends in the middle of a UTF-8 character"
    InfoHuge "info_huge" Content Answer "an Info of 200,000 bytes"
    InvalidUtf8 "invalid_utf8" Content Answer "bytes in Info that are not UTF-8"
    DeepNesting "deep_nesting" Content Nonsense "100,000 nested arrays"
    DeepUnknownMember "deep_unknown_member" Content Either "the good answer with an unknown member of 1,000 nested arrays"
    DuplicateKeys "duplicate_keys" Content Either "Status twice, RUNNING first"
    JsonCutShort "json_cut_short" Content Nonsense "the first half of the JSON, with a matching Content-Length"
    JsonThenGarbage "json_then_garbage" Content Nonsense "the good JSON and a stray brace, all within Content-Length"
    UnannouncedGzip "unannounced_gzip" Content Nonsense "the good JSON compressed, though the client did not ask for it"
}

impl Fault {
    pub fn by_name(name: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// Whether it strikes a connection's second request and those after it, and leaves the first alone.
    pub fn needs_a_kept_connection(self) -> bool {
        matches!(
            self,
            Fault::CloseAtUse
                | Fault::ResetAtUse
                | Fault::StallAtUse
                | Fault::Http408AtUse
                | Fault::Http421AtUse
                | Fault::Http425AtUse
        )
    }

    /// Whether the client can come to know the good answer: only then does a task's life advance.
    pub fn brings_the_answer(self) -> bool {
        let without = matches!(self, Fault::ErrorEmpty | Fault::ErrorText | Fault::ResponseEmpty);
        matches!(self.effect(), Effect::Answer | Effect::Late | Effect::Either) && !without
    }
}
