package dev.ostler.spring.boot;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.json.BasicJsonParser;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.ClassUtils;

/** What editors show of the properties, which is written by hand, is what there is. */
class MetadataTest {
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> properties() throws IOException {
    String text =
        new ClassPathResource("META-INF/spring-configuration-metadata.json")
            .getContentAsString(StandardCharsets.UTF_8);
    String compact = text.replaceAll("\\R *", ""); // all that this parser of Spring's understands
    return (List<Map<String, Object>>) new BasicJsonParser().parseMap(compact).get("properties");
  }

  /** The properties of a record: what is told of them, by their names. */
  private static Map<String, Map<String, Object>> told(Class<?> record) throws IOException {
    return properties().stream()
        .filter(property -> record.getName().equals(property.get("sourceType")))
        .collect(toMap(property -> property.get("name").toString(), property -> property));
  }

  @ParameterizedTest
  @ValueSource(classes = {KvProperties.class, MetricsProperties.class})
  void names_all_properties_with_types_and_defaults(Class<?> record) throws Exception {
    Map<String, Map<String, Object>> told = told(record);
    Parameter[] parameters = record.getDeclaredConstructors()[0].getParameters();

    assertThat(told).containsOnlyKeys(Arrays.stream(parameters).map(MetadataTest::name).toList());
    for (Parameter parameter : parameters) {
      Map<String, Object> one = told.get(name(parameter));
      assertThat(one.get("type"))
          .as(name(parameter))
          .isEqualTo(ClassUtils.resolvePrimitiveIfNecessary(parameter.getType()).getName());
      assertThat(String.valueOf(one.get("defaultValue")))
          .as(name(parameter))
          .isEqualTo(defaultOf(parameter));
    }
  }

  private static String defaultOf(Parameter parameter) {
    DefaultValue value = parameter.getAnnotation(DefaultValue.class);
    return value == null ? "null" : value.value()[0];
  }

  private static String name(Parameter parameter) {
    Class<?> record = parameter.getDeclaringExecutable().getDeclaringClass();
    String prefix = record.getAnnotation(ConfigurationProperties.class).value();
    String kebab = parameter.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return ConfigurationPropertyName.of(prefix + "." + kebab).toString();
  }
}
