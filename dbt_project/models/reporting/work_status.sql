{{ persons_by_status("work", ref("dim_person"), ref("work_spell")) }}
