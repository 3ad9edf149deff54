# The doctor: every check against facts that are well and facts that are not; the readers of tools and files.
ha_unit_test(check ha_check)
ha_unit_test(check_collect ha_collect)
