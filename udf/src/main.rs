use std::process::ExitCode;

fn main() -> ExitCode {
    kulprit_udf::main_from_args()
}
