#include "property_names.h"

#include "javascript.h"

namespace accord {

PropertyNames::PropertyNames(napi_env env) {
  napi_value array;
  check(env, napi_create_array(env, &array));
  uint32_t index = 0;
  for (const char* name : {"name", "type", "value", "id", "shape", "dtype"}) {
    check(env, napi_set_element(env, array, index++, string(env, name)));
  }
  check(env, napi_create_reference(env, array, 1, &array_));
}

PropertyNames::Values PropertyNames::values(napi_env env) const {
  napi_value array;
  check(env, napi_get_reference_value(env, array_, &array));
  return {element(env, array, 0), element(env, array, 1), element(env, array, 2),
          element(env, array, 3), element(env, array, 4), element(env, array, 5)};
}

}  // namespace accord
