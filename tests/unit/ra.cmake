# ocf:hactl:vm
foreach(module aim cib env gate guard_rule reach ready room_rule share state proc meta)
    ha_unit_test(ra_${module} ha_ra)
endforeach()
target_link_libraries(test_ra_aim PRIVATE PkgConfig::LIBXML)
target_link_libraries(test_ra_cib PRIVATE PkgConfig::LIBXML)
target_link_libraries(test_ra_meta PRIVATE PkgConfig::LIBXML)
ha_unit_test(ra_actions ha_ra)
