package javax.annotation;

/** Stands on every class that is made; Java has not brought it since version 11. */
public @interface Generated {
  String[] value();

  String comments() default "";
}
