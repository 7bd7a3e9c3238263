//! A local stand-in for the API `DescribeAsyncRequestInfo`.
