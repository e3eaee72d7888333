-- Why it matters: a published figure, computed again as of the same day, as known at the same time, must be the same.
-- Who mends it: a data engineer; an indicator whose rule has changed needs a new version in indicator_definition.
select
    published.figure_id,
    published.value,
    fresh.value as fresh_value
from {{ ref("figure") }} as published
inner join {{ ref("indicator") }} as fresh
    on published.figure_id = fresh.figure_id
where
    published.numerator is distinct from fresh.numerator
    or published.denominator is distinct from fresh.denominator
    or published.value is distinct from fresh.value
    or published.suppressed is distinct from fresh.suppressed
