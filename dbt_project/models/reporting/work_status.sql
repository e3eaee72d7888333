{{ persons_by_status("work", ref("person_history"), ref("work_spell")) }}
