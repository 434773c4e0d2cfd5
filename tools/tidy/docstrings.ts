/** Every export of the core says what it is, where it belongs, since when, and how it can fail. */
import { isPackageSource, kindOf, lineAt, parse, problem } from "../repository.ts"
import type { Check, Problem, SourceFile, SyntaxNode } from "../repository.ts"

interface Documented {
  readonly name: string
  readonly line: number
  readonly docstring: string | undefined
  readonly declaration: SyntaxNode
}

/** The text of a docstring without its margin. */
export const withoutMargin = (comment: string): string =>
  comment
    .replace(/^\*/, "")
    .replace(/^[ \t]*\*[ \t]?/gm, "")
    .trim()

const namesOf = (declaration: SyntaxNode): ReadonlyArray<string> =>
  declaration.type === "VariableDeclaration"
    ? (declaration.declarations as ReadonlyArray<SyntaxNode>).map(({ id }) => id.name as string)
    : [declaration.id?.name as string]

/** The exported declarations of a file, each with the docstring directly before it. */
const exportsOf = (file: SourceFile): ReadonlyArray<Documented> => {
  const { body, comments } = parse(file.text)
  return body.flatMap((statement) => {
    const declaration = statement.declaration as SyntaxNode | null | undefined
    if (statement.type !== "ExportNamedDeclaration" || declaration === null || declaration === undefined) return []
    const before = comments.filter(
      ({ end, type, value }) => end <= statement.start && type === "Block" && value[0] === "*"
    )
    const last = before.at(-1)
    const isDirect = last !== undefined && file.text.slice(last.end, statement.start).trim() === ""
    const docstring = isDirect ? withoutMargin(last.value) : undefined
    const line = lineAt(file.text, statement.start)
    return namesOf(declaration).map((name) => ({ name, line, docstring, declaration }))
  })
}

const missingParts = (docstring: string | undefined): ReadonlyArray<string> => {
  if (docstring === undefined) return ["docstring"]
  const summary = /^[^@*\s`-]/.test(docstring)
  return [
    ...(summary ? [] : ["summary"]),
    ...(/^@category \S/m.test(docstring) ? [] : ["@category"]),
    ...(/^@since \d+\.\d+\.\d+$/m.test(docstring) ? [] : ["@since"])
  ]
}

const lastName = (node: SyntaxNode): string =>
  (node.type === "TSQualifiedName" ? node.right.name : (node.name ?? "")) as string

const functionOf = (declaration: SyntaxNode, name: string): SyntaxNode | undefined => {
  if (declaration.type === "FunctionDeclaration") return declaration
  if (declaration.type !== "VariableDeclaration") return undefined
  const declarator = (declaration.declarations as ReadonlyArray<SyntaxNode>).find(({ id }) => id.name === name)
  const annotated = declarator?.id.typeAnnotation?.typeAnnotation as SyntaxNode | undefined
  return annotated?.type === "TSFunctionType" ? annotated : (declarator?.init ?? undefined)
}

/** The names in an error type; a union declared in the same file counts as its members. */
const errorNames = (type: SyntaxNode | undefined, aliases: ReadonlyMap<string, SyntaxNode>): ReadonlyArray<string> => {
  if (type === undefined) return []
  if (type.type === "TSUnionType") {
    return (type.types as ReadonlyArray<SyntaxNode>).flatMap((member) => errorNames(member, aliases))
  }
  if (type.type !== "TSTypeReference") return []
  const name = lastName(type.typeName as SyntaxNode)
  const alias = type.typeName.type === "Identifier" ? aliases.get(name) : undefined
  return alias === undefined ? [name] : errorNames(alias, aliases)
}

/** The error type of a function that returns `Result`, or undefined when it does not. */
const resultErrorOf = (declared: SyntaxNode | undefined): SyntaxNode | undefined => {
  const returned = declared?.returnType?.typeAnnotation as SyntaxNode | undefined
  if (returned?.type !== "TSTypeReference" || lastName(returned.typeName as SyntaxNode) !== "Result") return undefined
  return (returned.typeArguments?.params as ReadonlyArray<SyntaxNode> | undefined)?.[1]
}

const errorsSection = (docstring: string): string | undefined =>
  /\*\*Errors\*\*\n([\s\S]*?)(?=\n\*\*[A-Z]|\n@|$(?![\s\S]))/.exec(docstring)?.[1]

const aliasesOf = (file: SourceFile): ReadonlyMap<string, SyntaxNode> => {
  const aliases = new Map<string, SyntaxNode>()
  for (const statement of parse(file.text).body) {
    const declaration = (statement.declaration ?? statement) as SyntaxNode
    if (
      declaration.type === "TSTypeAliasDeclaration" &&
      /^TS(Union|TypeReference)/.test(declaration.typeAnnotation.type)
    ) {
      aliases.set(declaration.id.name as string, declaration.typeAnnotation as SyntaxNode)
    }
  }
  return aliases
}

const isDocumentedHere = (file: SourceFile): boolean =>
  isPackageSource(file, "core") && ["code", "schema"].includes(kindOf(file.path))

/** Every export has a summary, `@category` and `@since`. */
export const exportsAreDocumented: Check = (files) => {
  const problems: Array<Problem> = []
  for (const file of files.filter(isDocumentedHere)) {
    const complete = new Set<string>()
    const missing = new Map<string, Problem>()
    for (const { name, line, docstring } of exportsOf(file)) {
      // A type and its value, or the overloads of a function, share one docstring.
      const parts = missingParts(docstring)
      if (parts.length === 0) complete.add(name)
      else if (!missing.has(name)) missing.set(name, problem(file.path, line, `${name} has no ${parts.join(", no ")}`))
    }
    for (const [name, found] of missing) if (!complete.has(name)) problems.push(found)
  }
  return problems
}

/** A function that returns `Result` has an **Errors** section that names every error. */
export const errorsAreDocumented: Check = (files) =>
  files.filter(isDocumentedHere).flatMap((file) => {
    const aliases = aliasesOf(file)
    return exportsOf(file).flatMap(({ name, line, docstring, declaration }) => {
      const declared = functionOf(declaration, name)
      const parameters = (declared?.typeParameters?.params ?? []) as ReadonlyArray<SyntaxNode>
      const generic = parameters.map((parameter) => parameter.name.name ?? parameter.name)
      const errors = errorNames(resultErrorOf(declared), aliases).filter((error) => !generic.includes(error))
      if (errors.length === 0 || docstring === undefined) return []
      const section = errorsSection(docstring)
      if (section === undefined)
        return [problem(file.path, line, `${name} returns Result and has no **Errors** section`)]
      return errors
        .filter((error) => !section.includes(`\`${error}\``))
        .map((error) => problem(file.path, line, `**Errors** of ${name} does not name \`${error}\``))
    })
  })
