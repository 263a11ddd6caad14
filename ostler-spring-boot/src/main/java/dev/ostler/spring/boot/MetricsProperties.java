package dev.ostler.spring.boot;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How processes are measured, as the properties {@code ostler.metrics} say. An immutable value.
 *
 * @param enabled whether they are measured for the application's registry of meters
 * @param moment for so long, all meters that are read show the same moment
 */
@ConfigurationProperties("ostler.metrics")
record MetricsProperties(
    @DefaultValue("true") boolean enabled, @DefaultValue("1s") Duration moment) {}
