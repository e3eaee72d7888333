{{ persons_by_status("education", ref("person_history"), ref("education_spell")) }}
