if(
                has(cells, 0) OR total = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    cells,
                    arrayMap((cell, y) -> y / cell, cells, excesses)
                )
            )
