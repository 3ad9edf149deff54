# Making a cluster out of plain hosts.
foreach(module cluster invitation host)
    ha_unit_test(su_${module} ha_setup)
endforeach()
