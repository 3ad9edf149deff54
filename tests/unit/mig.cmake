# The migration engine's pure parts.
foreach(module policy outcome side domain)
    ha_unit_test(mig_${module} ha_migrate)
endforeach()
ha_unit_test(mig_host ha_migrate)
