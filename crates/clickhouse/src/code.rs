//! The numbers of ClickHouse's exceptions that Kulprit tells apart, by ClickHouse's own names (`src/Common/ErrorCodes.cpp`).

/// Also the program of an executable function that is not there.
pub const UNSUPPORTED_METHOD: u32 = 1;
pub const NOT_FOUND_COLUMN_IN_BLOCK: u32 = 10;
pub const NO_SUCH_COLUMN_IN_TABLE: u32 = 16;
/// Also a dictionary that is not there.
pub const BAD_ARGUMENTS: u32 = 36;
/// Of an answer of another server: it cannot be read as what it should be.
pub const CANNOT_PARSE_INPUT_ASSERTION_FAILED: u32 = 27;
pub const ATTEMPT_TO_READ_AFTER_EOF: u32 = 32;
pub const CANNOT_READ_ALL_DATA: u32 = 33;
pub const INCORRECT_DATA: u32 = 117;
/// Of `throwIf`.
pub const THROWN: u32 = 395;
pub const NUMBER_OF_ARGUMENTS_DOESNT_MATCH: u32 = 42;
pub const ILLEGAL_TYPE_OF_ARGUMENT: u32 = 43;
pub const UNKNOWN_FUNCTION: u32 = 46;
pub const UNKNOWN_IDENTIFIER: u32 = 47;
pub const UNKNOWN_TABLE: u32 = 60;
pub const SYNTAX_ERROR: u32 = 62;
pub const UNKNOWN_DATABASE: u32 = 81;
/// What another server answered with, where ClickHouse reads it.
pub const RECEIVED_ERROR_FROM_REMOTE_IO_SERVER: u32 = 86;
pub const TIMEOUT_EXCEEDED: u32 = 159;
pub const READONLY: u32 = 164;
pub const TOO_MANY_SIMULTANEOUS_QUERIES: u32 = 202;
pub const SOCKET_TIMEOUT: u32 = 209;
pub const NETWORK_ERROR: u32 = 210;
pub const MEMORY_LIMIT_EXCEEDED: u32 = 241;
pub const TABLE_IS_READ_ONLY: u32 = 242;
pub const NOT_ENOUGH_SPACE: u32 = 243;
pub const TOO_MANY_PARTS: u32 = 252;
pub const ALL_CONNECTION_TRIES_FAILED: u32 = 279;
/// Another server asks to be asked less.
pub const RECEIVED_ERROR_TOO_MANY_REQUESTS: u32 = 364;
pub const NO_COMMON_TYPE: u32 = 386;
pub const ACCESS_DENIED: u32 = 497;
pub const AUTHENTICATION_FAILED: u32 = 516;
/// The process of an executable function was killed, is broken, or reported what it cannot answer.
pub const UDF_EXECUTION_FAILED: u32 = 754;
pub const KEEPER_EXCEPTION: u32 = 999;
/// An exception of the libraries below, such as a refused connection.
pub const POCO_EXCEPTION: u32 = 1000;
/// A host whose name nobody knows.
pub const DNS_ERROR: u32 = 198;
pub const TOO_MANY_REDIRECTS: u32 = 483;
