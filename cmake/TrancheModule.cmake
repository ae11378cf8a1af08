# tranche_add_module(NAME <module> SOURCES <files...> [DEPS <modules...>] [LIBS <outside targets...>])
#
# One static library `tranche_<module>` a module. Public headers: include/tranche/<module>/.
# DEPS are other modules (visible to users); LIBS are outside libraries and stay private.
function(tranche_add_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  set(target "tranche_${M_NAME}")
  add_library(${target} STATIC ${M_SOURCES})
  add_library("tranche::${M_NAME}" ALIAS ${target})
  target_include_directories(${target}
    PUBLIC "${PROJECT_SOURCE_DIR}/include"
    PRIVATE "${PROJECT_SOURCE_DIR}/src/${M_NAME}")
  target_link_libraries(${target} PRIVATE tranche_options)
  foreach(dep IN LISTS M_DEPS)
    target_link_libraries(${target} PUBLIC "tranche_${dep}")
  endforeach()
  target_link_libraries(${target} PRIVATE ${M_LIBS})
endfunction()

# tranche_add_plugin(NAME <name> SOURCES <files...> [LIBS <targets...>] [INSTALL])
#
# lib<name>_plugin.so in the plug-in folder, where `tranche` looks after the campaign directory.
# INSTALL: it belongs to an installation (test plug-ins do not). tranche looks for ../lib/tranche
# beside its own folder, so that is where it goes whatever the system calls its library folder.
function(tranche_add_plugin)
  cmake_parse_arguments(P "INSTALL" "NAME" "SOURCES;LIBS" ${ARGN})
  set(target "${P_NAME}_plugin")
  add_library(${target} MODULE ${P_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE tranche_options ${P_LIBS})
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${TRANCHE_PLUGIN_OUTPUT_DIRECTORY}"
    C_VISIBILITY_PRESET default CXX_VISIBILITY_PRESET default)
  if(P_INSTALL)
    install(TARGETS ${target} LIBRARY DESTINATION lib/tranche)
  endif()
endfunction()

# tranche_add_test(NAME <name> SOURCES <files...> LINK <targets...> [LABELS <labels...>] [TIMEOUT <s>] [NP <ranks...>])
#
# A Catch2 program; with NP, run once under mpirun for each number of ranks.
function(tranche_add_test)
  cmake_parse_arguments(T "" "NAME;TIMEOUT" "SOURCES;LINK;LABELS;NP" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 600)  # ends what hangs; says nothing of speed
  endif()
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  set(target "test_${T_NAME}")
  add_executable(${target} ${T_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/tests")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(T_NP)
    target_link_libraries(${target} PRIVATE ${T_LINK} tranche_options Catch2::Catch2)
    foreach(np IN LISTS T_NP)
      add_test(NAME "${T_NAME}.np${np}" COMMAND
        ${MPIEXEC_EXECUTABLE} -n ${np} --oversubscribe --bind-to none $<TARGET_FILE:${target}>)
      set_tests_properties("${T_NAME}.np${np}" PROPERTIES
        LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${np}
        ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1")
    endforeach()
  else()
    target_link_libraries(${target} PRIVATE ${T_LINK} tranche_options tranche_catch_main)
    add_test(NAME ${T_NAME} COMMAND ${target})
    set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT})
  endif()
endfunction()
