{{ persons_by_status("education", ref("dim_person"), ref("education_spell")) }}
