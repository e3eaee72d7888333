"""The first night: operations, landing register, raw, quarantine, vault, identity, and who may do what with them."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMAS = """
create schema reference;
create schema raw;
create schema quarantine;
create schema vault;
create schema link;
create schema staging authorization equity_transform;
create schema identity authorization equity_transform;
create schema core authorization equity_transform;
create schema indicators authorization equity_transform;
create schema reporting authorization equity_transform;
"""

REFERENCE = """
create table reference.code (
    code_list text not null,
    code text not null,
    position integer not null,
    label_th text not null,
    label_en text not null,
    is_sensitive boolean not null,
    primary key (code_list, code)
);
create table reference.area (
    area_code text primary key,
    area_level text not null check (area_level in ('province', 'amphoe', 'tambon')),
    name_th text not null,
    name_en text not null,
    sort_key_th text not null,
    parent_code text references reference.area
);
create table reference.record_type (
    record_type text primary key,
    label_th text not null,
    label_en text not null,
    grain text not null
);
"""

OPS = """
create table ops.night (
    night date primary key,
    started_at timestamptz not null,
    finished_at timestamptz,
    state text not null check (state in ('running', 'done', 'failed')),
    reason text
);
create table ops.source (
    source text primary key,
    partner_family text not null,
    partner_name_th text not null,
    partner_name_en text not null,
    area_code text,
    promised_every interval,
    registered_at timestamptz not null default now()
);
create table ops.delivery (
    delivery_id bigint generated always as identity primary key,
    reference text generated always as ('LPG-' || lpad(delivery_id::text, 6, '0')) stored unique,
    source text not null references ops.source,
    name text not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    landing_path text not null,
    night date not null,
    received_at timestamptz not null,
    watermark timestamptz,
    state text not null check (state in ('landed', 'loaded', 'held', 'rejected')),
    hold_code text,
    hold_detail jsonb,
    notes jsonb,
    loaded_at timestamptz,
    answered_at timestamptz,
    answer_place text,
    unique (source, sha256),
    check ((state in ('held', 'rejected')) = (hold_code is not null)),
    check ((state = 'loaded') = (loaded_at is not null))
);
create index on ops.delivery (night);
create index on ops.delivery (source) where answered_at is null;
create table ops.sighting (
    source text not null references ops.source,
    name text not null,
    stamp text not null,
    night date not null,
    delivery_id bigint not null references ops.delivery,
    primary key (source, name, stamp)
);
create table ops.delivery_table (
    delivery_id bigint not null references ops.delivery,
    record_type text not null,
    rows_received integer not null check (rows_received >= 0),
    rows_loaded integer not null check (rows_loaded >= 0),
    rows_unchanged integer not null check (rows_unchanged >= 0),
    rows_repeated integer not null check (rows_repeated >= 0),
    rows_quarantined integer not null check (rows_quarantined >= 0),
    rows_flagged integer not null check (rows_flagged between 0 and rows_received),
    rows_deleted integer not null check (rows_deleted >= 0),
    deletions_postponed boolean not null default false,
    is_snapshot boolean not null,
    primary key (delivery_id, record_type),
    constraint every_row_is_counted
        check (rows_received = rows_loaded + rows_unchanged + rows_repeated + rows_quarantined)
);
create table ops.delivery_finding (
    delivery_id bigint not null references ops.delivery,
    record_type text not null,
    field text not null,
    code text not null,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    cells integer not null check (cells > 0),
    primary key (delivery_id, record_type, field, code, severity)
);
create table ops.watermark (
    source text not null references ops.source,
    name text not null,
    reached timestamptz not null,
    delivery_id bigint not null references ops.delivery,
    primary key (source, name)
);
create table ops.source_night (
    source text not null references ops.source,
    night date not null,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    failure text,
    primary key (source, night)
);
create table ops.build (
    built_at timestamptz primary key default now(),
    as_of date not null,
    known_at timestamptz not null,
    fingerprint text not null,
    models integer not null,
    seconds double precision not null
);
"""

RAW = """
create table raw.activity (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    activity_ref text,
    project_ref text,
    title text,
    held_on date,
    hours double precision,
    skill_area text,
    curriculum_ref text,
    trainer_key uuid,
    space_ref text,
    life_stage text,
    mode text,
    primary key (record_key, record_id)
);
create table raw.attendance (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    activity_ref text,
    hours double precision,
    passed boolean,
    pre_score double precision,
    post_score double precision,
    credential text,
    primary key (record_key, record_id)
);
create table raw.case_event (
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
    case_ref text,
    case_stage text,
    event_on date,
    worker_key uuid,
    referred_to_partner text,
    service text,
    out_of_school_reason text,
    primary key (record_key, record_id)
);
create table raw.community_trainer (
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
    topic text,
    since date,
    project_ref text,
    primary key (record_key, record_id)
);
create table raw.device_service (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    partner_record_ref text,
    device_type text,
    service_kind text,
    requested_on date,
    done_on date,
    cost_baht double precision,
    primary key (record_key, record_id)
);
create table raw.enrolment (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    partner_record_ref text,
    provider text,
    kind text,
    level text,
    grade text,
    started_on date,
    ended_on date,
    end_reason text,
    primary key (record_key, record_id)
);
create table raw.food_bank_distribution (
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
    partner_person_key uuid,
    household_key uuid,
    given_on date,
    weight_kg double precision,
    items text,
    primary key (record_key, record_id)
);
create table raw.fund_member (
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
    fund_ref text,
    joined_on date,
    left_on date,
    committee_role text,
    primary key (record_key, record_id)
);
create table raw.fund_transaction (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    partner_record_ref text,
    fund_ref text,
    booked_on date,
    kind text,
    amount_baht double precision,
    due_on date,
    primary key (record_key, record_id)
);
create table raw.learner_screening (
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
    level text,
    grade text,
    academic_year bigint,
    risk_flags text[],
    screened_on date,
    primary key (record_key, record_id)
);
create table raw.learning_space (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    space_ref text,
    name text,
    kind text,
    tambon_code text,
    amphoe_code text,
    opened_on date,
    primary key (record_key, record_id)
);
create table raw.outcome (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    partner_person_key uuid,
    followed_up_on date,
    work_status text,
    occupation text,
    monthly_income double precision,
    monthly_savings double precision,
    group_ref text,
    business_registered boolean,
    career_plan boolean,
    health_score bigint,
    quality_of_life_score bigint,
    happiness_score bigint,
    pride_score bigint,
    gives_to_others boolean,
    primary key (record_key, record_id)
);
create table raw.participant (
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
    project_ref text,
    target_groups text[],
    baseline_occupation text,
    baseline_monthly_income double precision,
    joined_on date,
    left_on date,
    exit_reason text,
    primary key (record_key, record_id)
);
create table raw.personnel_training (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    staff_key uuid,
    role text,
    level text,
    course text,
    hours double precision,
    completed_on date,
    primary key (record_key, record_id)
);
create table raw.project (
    record_id bigint generated always as identity,
    source text not null references ops.source,
    delivery_id bigint not null references ops.delivery,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
    project_ref text,
    programme text,
    title text,
    community_type text,
    contract_no text,
    contract_signed_on date,
    started_on date,
    ended_on date,
    grant_stage text,
    budget_baht double precision,
    disbursed_baht double precision,
    target_people bigint,
    heet_tag boolean,
    primary key (record_key, record_id)
);
"""

QUARANTINE = """
create table quarantine.record (
    quarantine_id bigint generated always as identity primary key,
    delivery_id bigint not null references ops.delivery,
    source text not null references ops.source,
    record_type text not null,
    row_no integer not null,
    record_key uuid,
    key_version smallint not null,
    payload bytea not null,
    reasons jsonb not null check (jsonb_array_length(reasons) > 0),
    known_from timestamptz not null,
    corrected_by bigint references ops.delivery,
    corrected_at timestamptz
);
create index on quarantine.record (delivery_id);
create index on quarantine.record (record_key) where corrected_by is null;
"""

VAULT = """
create table vault.person (
    vault_id bigint generated always as identity,
    partner_person_key uuid not null,
    source text not null references ops.source,
    record_type text not null,
    delivery_id bigint not null references ops.delivery,
    known_from timestamptz not null,
    key_version smallint not null,
    payload bytea not null,
    national_id_pseudonym bytea,
    national_id_kind text,
    national_id_valid boolean,
    primary key (partner_person_key, vault_id)
);
"""

LINK = """
create table link.person (
    person_key uuid primary key,
    created_at timestamptz not null,
    merged_into uuid references link.person,
    merged_at timestamptz
);
create table link.edge (
    edge_id bigint generated always as identity primary key,
    a uuid not null,
    b uuid not null check (a < b),
    method text not null check (method in ('national_id', 'partner_ref', 'probabilistic', 'steward')),
    weight double precision not null,
    evidence jsonb not null,
    decided_by text not null,
    known_from timestamptz not null,
    known_to timestamptz,
    verdict text not null check (verdict in ('same', 'different', 'doubtful'))
);
create unique index on link.edge (a, b, method) where known_to is null;
create table link.membership (
    partner_person_key uuid not null,
    person_key uuid not null references link.person,
    known_from timestamptz not null,
    known_to timestamptz,
    check (known_to is null or known_to > known_from)
);
create unique index on link.membership (partner_person_key) where known_to is null;
create unique index on link.membership (partner_person_key, known_from);
create table link.merge (
    merge_id bigint generated always as identity primary key,
    kept uuid not null references link.person,
    merged uuid not null references link.person,
    edge_id bigint references link.edge,
    known_from timestamptz not null
);
"""

GRANTS = """
revoke create on schema public from public;
revoke temporary on database {database} from public;
grant temporary on database {database} to equity_ingest, equity_link, equity_transform;

grant usage on schema ops, reference to equity_ingest, equity_link, equity_transform, equity_steward;
grant select on all tables in schema reference to equity_ingest, equity_link, equity_transform, equity_steward;
grant select on all tables in schema ops to equity_ingest, equity_link, equity_transform, equity_steward;
grant insert, update on ops.source, ops.delivery, ops.delivery_table, ops.delivery_finding, ops.sighting, ops.watermark,
    ops.source_night to equity_ingest;
grant insert on ops.build to equity_transform;

grant usage on schema raw to equity_ingest, equity_link, equity_transform;
grant select, insert on all tables in schema raw to equity_ingest;
grant select on all tables in schema raw to equity_transform, equity_link;

-- the vault: ingest puts in and cannot look; the linkage job sees pseudonyms, never the payload
grant usage on schema vault to equity_ingest, equity_link;
grant insert on vault.person to equity_ingest;
grant select (vault_id, partner_person_key, source, record_type, known_from, national_id_pseudonym, national_id_kind,
    national_id_valid) on vault.person to equity_link;

grant usage on schema quarantine to equity_ingest, equity_transform;
grant insert on quarantine.record to equity_ingest;
grant select (quarantine_id, delivery_id, source, record_type, row_no, record_key, known_from, corrected_by),
    update (corrected_by, corrected_at) on quarantine.record to equity_ingest;
grant select (quarantine_id, delivery_id, source, record_type, row_no, reasons, known_from, corrected_by, corrected_at)
    on quarantine.record to equity_transform;

grant usage on schema link to equity_link, equity_transform, equity_steward;
grant select, insert, update on all tables in schema link to equity_link;
grant select on all tables in schema link to equity_transform, equity_steward;

grant usage on schema core, identity to equity_steward;
alter default privileges for role equity_transform in schema core grant select on tables to equity_steward;
alter default privileges for role equity_transform in schema identity grant select on tables to equity_steward;

grant usage on schema reporting to equity_reader, equity_public, equity_steward;
alter default privileges for role equity_transform in schema reporting grant select on tables to equity_reader, equity_steward;
alter default privileges for role equity_transform in schema reporting grant execute on functions to equity_reader, equity_steward;
alter default privileges for role equity_transform revoke execute on functions from public;
"""


def upgrade() -> None:
    """Apply."""
    for part in (SCHEMAS, REFERENCE, OPS, RAW, QUARANTINE, VAULT, LINK):
        op.execute(part)
    database = op.get_bind().exec_driver_sql("select quote_ident(current_database())").scalar_one()
    op.execute(GRANTS.format(database=database))
