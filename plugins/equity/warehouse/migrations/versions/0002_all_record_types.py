"""Eight more record types in raw, and a project through all stages of its grant."""

from alembic import op

revision = "0002"
down_revision = "0001"

RAW = """
create table raw.community_group (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    group_ref text,
    name text,
    kind text,
    formed_on date,
    members bigint,
    tambon_code text,
    amphoe_code text,
    province_code text,
    project_ref text,
    primary key (record_key, record_id)
);
create table raw.knowledge_output (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    kind text,
    title text,
    published_on date,
    scaled_out_to text,
    project_ref text,
    primary key (record_key, record_id)
);
create table raw.mentor_visit (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    mentor_key uuid,
    unit text,
    visited_on date,
    project_ref text,
    purpose text,
    curriculum_stage text,
    findings text,
    agreed_actions text,
    primary key (record_key, record_id)
);
create table raw.out_of_school_baseline (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    person_hash uuid,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    national_id_kind text,
    sex text,
    birth_date date,
    birth_date_precision text,
    nationality text,
    moo text,
    tambon_code text,
    amphoe_code text,
    province_code text,
    residence_kind text,
    disability_type text,
    consent_status text,
    consent_date date,
    consent_purpose text,
    consent_until date,
    list_ref text,
    as_of date,
    never_enrolled boolean,
    left_school boolean,
    last_grade text,
    primary key (record_key, record_id)
);
create table raw.population_register (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    tambon_code text,
    amphoe_code text,
    province_code text,
    age bigint,
    sex text,
    residence_kind text,
    as_of date,
    count bigint,
    primary key (record_key, record_id)
);
create table raw.product (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_record_ref text,
    name text,
    kind text,
    new_or_upgraded text,
    price_before double precision,
    price_after double precision,
    monthly_sales double precision,
    online_channel text,
    market_route text[],
    market_stage text,
    group_ref text,
    project_ref text,
    primary key (record_key, record_id)
);
create table raw.published_figure (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_record_ref text,
    publication text,
    table_title text,
    tambon_code text,
    amphoe_code text,
    province_code text,
    age_band text,
    measure text,
    unit text,
    scope text,
    as_of date,
    value double precision,
    primary key (record_key, record_id)
);
create table raw.school_roster (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    person_hash uuid,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    national_id_kind text,
    sex text,
    birth_date date,
    birth_date_precision text,
    nationality text,
    moo text,
    tambon_code text,
    amphoe_code text,
    province_code text,
    residence_kind text,
    disability_type text,
    consent_status text,
    consent_date date,
    consent_purpose text,
    consent_until date,
    school text,
    grade text,
    academic_year bigint,
    round text,
    primary key (record_key, record_id)
);
"""

PROJECT = """
alter table raw.project
    add column unit text,
    add column funder text,
    add column project_manager_key uuid,
    add column programme_officer_key uuid,
    add column mentor_key uuid,
    add column areas text,
    add column tambon_code text,
    add column amphoe_code text,
    add column province_code text,
    add column call_opened_on date,
    add column proposal_submitted_on date,
    add column proposal_selected_on date,
    add column potential_analysed_on date,
    add column in_delivery_on date,
    add column grantees_trained_on date,
    add column career_plans_made_on date,
    add column self_reliant_on date,
    add column lessons_recorded_on date,
    add column manual_published_on date,
    add column business_plan boolean,
    add column manpower_plan boolean,
    add column employer_participation boolean;
"""

GRANTS = """
grant select, insert on all tables in schema raw to equity_ingest;
grant select on all tables in schema raw to equity_transform, equity_link;
"""


def upgrade() -> None:
    """Apply."""
    for part in (RAW, PROJECT, GRANTS):
        op.execute(part)
