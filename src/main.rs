//! The program. All of it is in the library, so that nothing is compiled twice.

fn main() -> std::process::ExitCode {
    kulprit::cli::main()
}
