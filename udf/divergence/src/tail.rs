/// The two-sided tail of Student's t with `degrees` of freedom at t, given as t²: the same as the upper tail of F(1, degrees).
///
/// Wallace's normal approximation (1959, "Bounds on normal approximations to Student's and the chi-square distributions"):
/// z = (8d + 1)/(8d + 3) · √(d·ln(1 + t²/d)). It is within 0.001 of the tail for d ≥ 4, falls
/// steadily, and has a closed form, which plain SQL can compute too.
pub(super) fn student_tail(t_squared: f64, degrees: f64) -> f64 {
    let z = (8.0 * degrees + 1.0) / (8.0 * degrees + 3.0) * (degrees * (t_squared / degrees).ln_1p()).sqrt();
    libm::erfc(z / std::f64::consts::SQRT_2)
}
